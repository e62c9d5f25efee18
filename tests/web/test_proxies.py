"""Limits by network address hold, whatever a caller says of where it comes from."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from chatterkeep.settings import Settings
from tests.make import make_phone, make_settings

LIMIT = 3


@pytest.fixture
def proxies() -> int:
    return 0


@pytest.fixture
def settings(data_dir: Path, proxies: int) -> Settings:
    told = {"api_auth": "required", "limit_address": f"{LIMIT}/hour", "log_level": "ERROR"}
    return make_settings(data_dir=data_dir, trusted_proxies=proxies, **told)


def taken(client: FlaskClient, forged: list[dict[str, str]]) -> int:
    """How many of these requests were let in."""
    return sum(client.post("/", data={"phone": make_phone()}, headers=one).status_code == 303 for one in forged)


def address(n: int) -> str:
    return f"198.51.{n // 250}.{n % 250}"


def test_without_a_proxy_a_thousand_made_up_addresses_are_one(client: FlaskClient) -> None:
    names = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP")
    forged = [{names[n % len(names)]: address(n)} for n in range(1000)]
    assert taken(client, forged) == LIMIT


@pytest.mark.parametrize("proxies", [1], ids=["behind one"])
def test_behind_a_proxy_what_it_adds_counts_and_what_came_before_does_not(client: FlaskClient) -> None:
    forged = [{"X-Forwarded-For": f"{address(n)}, 203.0.113.9"} for n in range(1000)]
    assert taken(client, forged) == LIMIT
    assert taken(client, [{"X-Forwarded-For": f"203.0.113.9, {address(1)}"}]) == 1


@pytest.mark.parametrize("proxies", [2], ids=["behind two"])
def test_behind_two_the_one_before_the_last_counts(client: FlaskClient) -> None:
    forged = [{"X-Forwarded-For": f"{address(n)}, 203.0.113.9, 10.0.0.1"} for n in range(20)]
    assert taken(client, forged) == LIMIT
