"""Which names the service answers to; and that no link leads where a forged `Host` says."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from chatterkeep.settings import InvalidSettings, Settings, load_settings
from chatterkeep.web.hosts import is_known
from tests.errors import error_of
from tests.make import make_payload, make_phone, make_settings
from tests.pages import Page

NAMES = "chat.example.org .chat.example.net"
OURS = [
    "chat.example.org",
    "CHAT.example.org",
    "chat.example.org:8443",
    "chat.example.org.",
    "chat.example.net",
    "a.b.chat.example.net",
    "localhost",
    "localhost:8000",
    "127.0.0.1",
    "127.0.0.1:8000",
    "[::1]:8000",
    "192.0.2.80",
]
OTHERS = [
    "evil.example",
    "chat.example.org.evil.example",
    "evilchat.example.net",
    "xchat.example.org",
    "a.chat.example.org",
    "chat.example.org@evil.example",
    "chat.example.org:80@evil.example",
    "chat.example.org/x",
    "chat.example.org, evil.example",
    "evil.example:chat.example.org",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "192.0.2.81",
    "[::2]",
    "",
    " ",
    "é.example",
    "..",
]


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return make_settings(data_dir=data_dir, api_auth="required", host="192.0.2.80", trusted_hosts=NAMES)


@pytest.mark.parametrize("host", OURS)
def test_the_service_answers_to_its_names(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", OTHERS)
def test_it_answers_to_no_other_name(client: FlaskClient, host: str) -> None:
    page = client.get("/", environ_overrides={"HTTP_HOST": host})
    assert page.status_code == 400
    assert Page(page.text).heading
    error = error_of(client.post("/chat", json=make_payload(), environ_overrides={"HTTP_HOST": host}), 400, CODE)
    assert error["docs_url"].startswith("/docs/errors")
    assert "evil" not in page.text + str(page.headers)


CODE = "VALIDATION_ERROR"


def test_the_name_is_looked_at_before_anything_else(client: FlaskClient) -> None:
    for path in ("/chat", "/nowhere", "/static/nothing", "/metrics", "/health", "/admin/login", "//", "/docs"):
        assert client.get(path, headers={"Host": "evil.example"}).status_code == 400


def test_a_monitor_on_the_machine_needs_no_name(client: FlaskClient) -> None:
    assert client.get("/health", base_url="http://127.0.0.1:8000").status_code == 200


class TestWithAPublicAddress:
    @pytest.fixture
    def settings(self, data_dir: Path) -> Settings:
        return make_settings(data_dir=data_dir, api_auth="required", public_url="https://chat.example.org:8443")

    def test_its_host_is_the_name(self, client: FlaskClient) -> None:
        assert client.get("/", headers={"Host": "chat.example.org:8443"}).status_code == 200
        assert client.get("/", headers={"Host": "evil.example"}).status_code == 400

    def test_links_lead_there_whatever_name_was_asked_for(self, client: FlaskClient) -> None:
        error = client.post("/chat", json={}, headers={"Host": "localhost"}).json["error"]
        assert error["docs_url"].startswith("https://chat.example.org:8443/docs/errors#")

    def test_a_forwarded_name_is_not_believed(self, client: FlaskClient) -> None:
        forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "Forwarded": "host=evil.example"}
        answer = client.get("/docs", headers=forged)
        assert answer.status_code == 200
        assert "evil.example" not in answer.text


class TestBehindAProxy:
    @pytest.fixture
    def settings(self, data_dir: Path) -> Settings:
        return make_settings(
            data_dir=data_dir, api_auth="required", trusted_hosts="chat.example.org", trusted_proxies=1
        )

    def test_the_name_that_the_proxy_was_asked_for_counts(self, client: FlaskClient) -> None:
        def asked(forwarded: str) -> int:
            headers = {"Host": "10.0.0.7:8000", "X-Forwarded-Host": forwarded}
            return client.get("/", headers=headers).status_code

        assert asked("chat.example.org") == 200
        assert asked("evil.example") == 400
        assert asked("chat.example.org, evil.example") == 400  # the last one is what our proxy added


class TestOpenToThisMachine:
    """As `make run` has it: a name that leads here by a trick of DNS opens nothing."""

    @pytest.fixture
    def settings(self, data_dir: Path) -> Settings:
        return make_settings(data_dir=data_dir, api_auth="open")

    @pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "127.0.0.1"])
    def test_it_goes_by_the_names_of_this_machine(self, client: FlaskClient, host: str) -> None:
        assert client.get("/sessions", headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "192.0.2.7", "0.0.0.0:8000"])
    def test_and_by_no_other(self, client: FlaskClient, host: str) -> None:
        error_of(client.get("/sessions", headers={"Host": host}), 400, CODE)


class TestWithNoName:
    @pytest.fixture
    def settings(self, data_dir: Path) -> Settings:
        return make_settings(data_dir=data_dir, api_auth="required", host="0.0.0.0")

    def test_any_name_will_do(self, client: FlaskClient) -> None:
        assert client.get("/", headers={"Host": "anything.example"}).status_code == 200

    @pytest.mark.parametrize("path", ["//", "//admin//", "//evil.example/..", "///evil.example", "/\\evil.example"])
    def test_no_redirect_names_a_host(self, client: FlaskClient, path: str) -> None:
        answer = client.get(path, headers={"Host": "evil.example"})
        assert not answer.headers.get("Location", "/").startswith(("http", "//", "/\\"))

    def test_the_way_from_page_to_page_names_none_either(self, client: FlaskClient) -> None:
        answer = client.post("/", data={"phone": make_phone()}, headers={"Host": "evil.example"})
        assert answer.location.startswith("/c/")


@pytest.mark.parametrize("wrong", ["https://chat.example.org", "a b/c", "chat.example.org:80", "*", "-"])
def test_a_name_that_is_none_is_refused_at_the_start(wrong: str) -> None:
    with pytest.raises(InvalidSettings, match="TRUSTED_HOSTS"):
        load_settings(trusted_hosts=wrong)


@pytest.mark.parametrize("wrong", ["chat.example.org", "ftp://chat.example.org", "https://", "/chat"])
def test_a_public_address_names_its_host(wrong: str) -> None:
    with pytest.raises(InvalidSettings, match="PUBLIC_URL"):
        load_settings(public_url=wrong)


def test_without_any_name_nothing_is_refused() -> None:
    assert is_known("anything", ())
    assert not is_known("anything", ("chat.example.org",))
