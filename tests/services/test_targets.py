"""Where requests of ours may go: not to this machine, not to its network, whatever the address calls itself."""

import threading
from ipaddress import ip_address

import pytest

from chatterkeep.services.outbound import NotSent, Outbound
from chatterkeep.services.targets import (
    ForbiddenTarget,
    Target,
    UnknownTarget,
    find_addresses,
    is_public,
    look_up,
    parse_target,
)
from tests.gateway import answer, running_gateway

CANARY = "PORT"
"""Stands for the port on which the canary listens."""

LITERAL = [
    "http://127.0.0.1:PORT/",
    "http://127.1:PORT/",
    "http://127.0.1:PORT/",
    "http://2130706433:PORT/",
    "http://0x7f000001:PORT/",
    "http://0x7f.0.0.1:PORT/",
    "http://0x7f.1:PORT/",
    "http://017700000001:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://0177.0.0.01:PORT/",
    "http://127.0.0.1.:PORT/",
    "http://127.255.255.254:PORT/",
    "http://0:PORT/",
    "http://0.0.0.0:PORT/",
    "http://[::1]:PORT/",
    "http://[::]:PORT/",
    "http://[0:0:0:0:0:0:0:1]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[0:0:0:0:0:ffff:7f00:0001]:PORT/",
    "http://[::7f00:1]:PORT/",
    "http://[2002:7f00:1::]:PORT/",
    "http://[64:ff9b::7f00:1]:PORT/",
    "http://[64:ff9b:1::7f00:1]:PORT/",
    "http://localhost:PORT/",
    "http://LOCALHOST:PORT/",
    "http://localhost.:PORT/",
    "http://127.0.0.1:PORT?x=/",
    "https://127.0.0.1:PORT/",
    "https://localhost:PORT/",
]
SPELT = [
    "http://example.org@127.0.0.1:PORT/",
    "http://example.org:80@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT@127.0.0.1:PORT/",
    "http://example.org\\@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT\\@example.org/",
    "http://127.0.0.1:PORT\\.example.org/",
    "http:\\\\127.0.0.1:PORT/",
    "http:/127.0.0.1:PORT/",
    "http:127.0.0.1:PORT/",
    "//127.0.0.1:PORT/",
    "127.0.0.1:PORT/",
    "http://127.0.0.1:PORT#@example.org/",
    "http://127.0.0.1:PORT/#",
    "http://127.0.0.1 :PORT/",
    " http://127.0.0.1:PORT/",
    "http://127.0.0.1:PORT/\r\nHost: example.org",
    "http://127.0.0.1\t:PORT/",
    "http://127.0.0.1%00.example.org:PORT/",
    "http://%31%32%37.0.0.1:PORT/",
    "http://①②⑦.⓪.⓪.①:PORT/",
    "http://127。0。0。1:PORT/",
    "http://ⓛocalhost:PORT/",
    "http://ｌｏｃａｌｈｏｓｔ:PORT/",
    "http://bücher.example:PORT/",
    "http://[::1%25lo]:PORT/",
    "http://[fe80::1%25lo]:PORT/",
    "http://[::1]x:PORT/",
    "http://:PORT/",
    "http://.localhost:PORT/",
    "file:///etc/passwd",
    "file://127.0.0.1:PORT/etc/passwd",
    "gopher://127.0.0.1:PORT/_POST%20/",
    "ftp://127.0.0.1:PORT/",
    "dict://127.0.0.1:PORT/",
    "ws://127.0.0.1:PORT/",
    "javascript:alert(1)",
    "http://127.0.0.1:PORT0000/",
    "http://127.0.0.1:/",
]


def reach(url: str, outbound: Outbound) -> None:
    outbound.post(parse_target(url), {}, b"{}")


@pytest.mark.parametrize("url", [*LITERAL, *SPELT])
def test_a_forged_address_reaches_nothing_on_this_machine(url: str) -> None:
    with running_gateway() as canary:
        with pytest.raises((ForbiddenTarget, NotSent)):
            reach(url.replace(CANARY, str(canary.port)), Outbound(private=False, seconds=2))
        assert canary.connections == 0


def test_the_canary_would_sing() -> None:
    with running_gateway() as canary:
        reach(canary.url(), Outbound(private=True))
        assert canary.connections == 1


@pytest.mark.parametrize("found", [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:127.0.0.1"], ["10.0.0.8"]])
def test_a_name_that_stands_for_a_private_address_is_refused(found: list[str]) -> None:
    with running_gateway() as canary:
        with pytest.raises(ForbiddenTarget):
            reach(canary.url("gateway.example"), Outbound(private=False, resolve=lambda *_: found))
        assert canary.connections == 0


def test_a_name_is_looked_up_once_and_that_very_address_is_used() -> None:
    """A name that changes its mind after it was looked at (rebinding) is not asked again."""
    answers, asked = iter([["127.0.0.2"], ["127.0.0.1"]]), []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    with running_gateway() as canary:
        with pytest.raises(NotSent):  # nobody listens at the first one
            reach(canary.url("gateway.example"), Outbound(private=True, resolve=rebinding))
        assert (asked, canary.connections) == (["gateway.example"], 0)


def test_the_name_is_told_to_the_server_though_the_address_is_used() -> None:
    with running_gateway() as gateway:
        reach(gateway.url("gateway.example"), Outbound(private=True, resolve=lambda *_: ["127.0.0.1"]))
        assert gateway.heard[0].headers["host"] == f"gateway.example:{gateway.port}"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_no_redirect_is_followed(status: str) -> None:
    with running_gateway() as canary, running_gateway() as gateway:
        gateway.answers = [answer(status, Location=canary.url())]
        response = Outbound(private=True).post(parse_target(gateway.url()), {}, b"{}")
        assert response.status == int(status[:3])
        assert canary.connections == 0


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with running_gateway() as canary, running_gateway() as gateway:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, canary.url(path=""))
        reach(gateway.url(), Outbound(private=True))
        assert (gateway.connections, canary.connections) == (1, 0)


PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
PRIVATE = [
    *("0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.127.255.254", "127.0.0.1", "169.254.169.254"),
    *("172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.0.1", "198.18.0.1", "198.51.100.1"),
    *("203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::7f00:1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1"),
    *("2001:db8::1", "2002:a00:1::", "2002:7f00:1::", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1"),
    *("ff02::1", "ff0e::1"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_the_internet_may_be_reached(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_the_internet_may_not(address: str) -> None:
    assert not is_public(ip_address(address))


METADATA = [
    *("169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fe80::a9fe:a9fe%eth0"),
    *("fd00:ec2::254", "fd20:ce::254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::"),
]


@pytest.mark.parametrize("address", METADATA)
def test_where_a_machine_is_told_its_secrets_nothing_is_asked(address: str) -> None:
    target = parse_target("http://metadata.example/latest/")
    for private in (False, True):
        with pytest.raises(ForbiddenTarget):
            find_addresses(target, lambda *_: ["10.0.0.8", address], 5, private=private)


def test_more_than_sixty_addresses_were_tried() -> None:
    assert len({*LITERAL, *SPELT}) >= 60


def test_a_plain_address_is_taken_apart() -> None:
    target = parse_target("https://SMS.Example.org./send?to=x")
    assert (target.host, target.port, target.path, target.authority) == (
        "sms.example.org",
        443,
        "/send?to=x",
        "sms.example.org",
    )
    assert parse_target("http://[2606:4700::1111]:8080").authority == "[2606:4700::1111]:8080"


@pytest.mark.parametrize("url", SPELT)
def test_what_two_readers_might_read_differently_is_not_even_looked_up(url: str) -> None:
    with pytest.raises(ForbiddenTarget, match="plainly"):
        parse_target(url.replace(CANARY, "8080"))


@pytest.mark.parametrize("port", [1, 65535])
def test_every_port_that_there_is_can_be_named(port: int) -> None:
    assert parse_target(f"http://example.org:{port}") == Target("http", "example.org", port, "/")


@pytest.mark.parametrize("rest", ["example.org:0", "example.org:65536", "example.org:99999", "[.]", "[.]:80"])
def test_no_port_or_host_is_made_up_for_an_address_without_one(rest: str) -> None:
    with pytest.raises(ForbiddenTarget, match="no port or no host"):
        parse_target(f"http://{rest}/")


TARGET = Target("http", "gateway.example", 80, "/")


def test_a_name_that_stands_for_nothing_is_unknown() -> None:
    with pytest.raises(UnknownTarget, match="no address"):
        find_addresses(TARGET, lambda *_: [], 60, private=True)


def test_a_private_address_with_a_zone_is_as_private() -> None:
    with pytest.raises(ForbiddenTarget, match="private"):
        find_addresses(TARGET, lambda *_: ["fe80::1%lo"], 60, private=False)


def test_each_address_is_tried_once_in_the_order_of_the_answer() -> None:
    found = ["93.184.216.34", "8.8.8.8", "93.184.216.34"]
    assert find_addresses(TARGET, lambda *_: found, 60, private=False) == found[:2]


def test_a_name_that_is_no_name_is_unknown() -> None:
    def unspeakable(host: str, port: int) -> list[str]:
        raise UnicodeError

    with pytest.raises(UnknownTarget, match="is unknown"):
        find_addresses(TARGET, unspeakable, 60, private=True)


def test_a_look_up_that_hangs_holds_up_neither_its_caller_nor_the_end_of_the_process() -> None:
    is_daemon, end = [], threading.Event()

    def hanging(host: str, port: int) -> list[str]:
        is_daemon.append(threading.current_thread().daemon)
        end.wait(10)
        return []

    with pytest.raises(UnknownTarget, match="in time"):
        find_addresses(TARGET, hanging, 0.01, private=True)
    end.set()
    assert is_daemon == [True]


def test_the_system_is_asked_for_this_host_and_for_streams_alone() -> None:
    assert look_up("127.0.0.1", 80) == ["127.0.0.1"]
