"""The settings: defaults that are safe, values that are checked, and mistakes told in a sentence."""

import re
from base64 import b64encode
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chatterkeep.domain.hosts import is_loopback
from chatterkeep.settings import InvalidSettings, Settings, load_settings
from tests.make import make_key

STANDARD_EXAMPLE = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No data folder and no .env of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)


def test_without_a_word_it_listens_at_home_and_asks_for_keys() -> None:
    settings = load_settings()
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 2)
    assert (settings.api_auth, settings.flow, settings.default_region) == ("required", "greeting", "US")
    assert settings.session_timeout == timedelta(hours=24)


def test_everything_is_kept_in_one_folder() -> None:
    settings = load_settings(data_dir=Path("here"))
    assert settings.database.startswith("sqlite:///")
    assert settings.database.endswith("/here/chatterkeep.sqlite3")
    assert settings.keys == Path("here/keys.json")


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATTERKEEP_FLOW", "support")
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("WEB_CONCURRENCY", "4")
    settings = load_settings()
    assert (settings.flow, settings.port, settings.workers) == ("support", 9000, 4)


def test_a_temperature_may_be_left_to_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().temperature == 0.3
    monkeypatch.setenv("CHATTERKEEP_TEMPERATURE", "")
    assert load_settings().temperature is None
    monkeypatch.setenv("CHATTERKEEP_TEMPERATURE", "2.5")
    with pytest.raises(InvalidSettings, match="CHATTERKEEP_TEMPERATURE"):
        load_settings()


def test_a_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "chatterkeep.toml"
    file.write_text('flow = "support"\ndefault_region = "DE"\n')
    monkeypatch.setenv("CHATTERKEEP_CONFIG", str(file))
    monkeypatch.setenv("CHATTERKEEP_DEFAULT_REGION", "GB")
    assert (load_settings().flow, load_settings().default_region) == ("support", "GB")


def test_an_argument_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATTERKEEP_FLOW", "support")
    assert load_settings(flow="greeting").flow == "greeting"


@pytest.mark.parametrize("name", ["CHATTERKEEP_FLOWW", "CHATTERKEEP_HOST", "CHATTERKEEP_"])
def test_a_name_that_is_no_setting_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x")
    with pytest.raises(InvalidSettings, match=re.escape(f"{name} is no setting.")):
        load_settings()


def test_a_name_in_the_file_that_is_no_setting_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "chatterkeep.toml"
    file.write_text('floww = "support"\n')
    monkeypatch.setenv("CHATTERKEEP_CONFIG", str(file))
    with pytest.raises(InvalidSettings, match=r"(?i)floww"):
        load_settings()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("90s", timedelta(seconds=90)),
        ("90", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        (" 24 h ", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
    ],
)
def test_a_duration_is_written_as_people_do(written: str, meant: timedelta) -> None:
    assert load_settings(session_timeout=written).session_timeout == meant


WRONG = {
    "CHATTERKEEP_SESSION_TIMEOUT": ["soon", "0s", "-5m", "", "1.5h"],
    "CHATTERKEEP_LIMIT_PHONE": ["many", "5/fortnight", "5 per"],
    "CHATTERKEEP_DEFAULT_REGION": ["", "USA", "XX"],
    "CHATTERKEEP_API_AUTH": ["", "maybe", "OPEN"],
    "CHATTERKEEP_ENV": ["", "staging"],
    "CHATTERKEEP_TRUSTED_PROXIES": ["-1", "6", "all"],
    "CHATTERKEEP_LOG_LEVEL": ["loud"],
    "CHATTERKEEP_CHANNEL_URL": ["gateway", "ftp://x/", "https://", "https://a b/", "https://u:p@x/", "https://x/#y"],
    "CHATTERKEEP_CHANNEL_SECRETS": [
        "x",
        "whsec_",
        "whsec_c2hvcnQ=",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_" + "é" * 32,
    ],
    "PORT": ["0", "65536", "http"],
    "WEB_CONCURRENCY": ["0", "two"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_value_that_cannot_be_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings, match=name):
        load_settings()


def test_every_mistake_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("CHATTERKEEP_DEFAULT_REGION", "XX")
    with pytest.raises(InvalidSettings, match=r"(?s)(PORT.*REGION|REGION.*PORT)"):
        load_settings()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "chat.example.org", ""])
def test_an_open_door_is_for_ones_own_machine_only(host: str) -> None:
    with pytest.raises(InvalidSettings, match="only for a loopback address"):
        load_settings(host=host, api_auth="open")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_a_loopback_address_may_have_an_open_door(host: str) -> None:
    assert is_loopback(host)
    assert load_settings(host=host, api_auth="open").api_auth == "open"


PUBLIC = {
    "CHATTERKEEP_ENV=production": {"env": "production", "public_url": "http://localhost:8000"},
    "CHATTERKEEP_TRUSTED_PROXIES=1": {"trusted_proxies": 1},
    "CHATTERKEEP_PUBLIC_URL=https://chat.example.org": {"public_url": "https://chat.example.org"},
    "CHATTERKEEP_TRUSTED_HOSTS=localhost .example.org": {"trusted_hosts": "localhost .example.org"},
}


@pytest.mark.parametrize(("sign", "values"), PUBLIC.items(), ids=PUBLIC)
def test_a_loopback_address_that_others_reach_may_not(sign: str, values: dict[str, Any]) -> None:
    """A proxy reaches it for them."""
    assert load_settings(**values)
    with pytest.raises(InvalidSettings, match=re.escape(f"not for {sign}: set CHATTERKEEP_API_AUTH=required")):
        load_settings(api_auth="open", **values)


def test_an_open_door_may_have_a_name_of_this_machine() -> None:
    assert load_settings(api_auth="open", public_url="http://127.0.0.1:8000", trusted_hosts="localhost ::1")


def test_an_empty_limit_is_none() -> None:
    assert load_settings(limit_phone=" ").limit_phone == ""


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().flow = "support"  # type: ignore[misc]


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not (field.description or "").strip()] == []


def test_a_models_address_without_a_scheme_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "localhost:11434/v1")
    with pytest.raises(InvalidSettings, match="must begin with http"):
        load_settings()


def test_a_webhook_channel_needs_an_address_and_a_secret() -> None:
    for given in (
        {"channel": "webhook"},
        {"channel_url": "https://x.example/"},
        {"channel": "webhook", "channel_secrets": STANDARD_EXAMPLE},
    ):
        with pytest.raises(InvalidSettings, match="CHATTERKEEP_CHANNEL_URL"):
            load_settings(**given)
    assert load_settings(channel_url="https://x.example/", channel_secrets=STANDARD_EXAMPLE).carried_by == "webhook"


def channel_secret(key: bytes) -> str:
    return f"whsec_{b64encode(key).decode()}"


UNSAFE = [
    {"public_url": "http://chat.example.org"},
    {"public_url": "http://192.0.2.7:8000"},
    {"channel_secrets": STANDARD_EXAMPLE},
    {"channel_secrets": channel_secret(bytes(32))},
    {"channel_secrets": channel_secret(b"changeme-changeme-changeme")},
    {"channel_secrets": f"{channel_secret(make_key())} {STANDARD_EXAMPLE}"},
]


@pytest.mark.parametrize("values", UNSAFE)
def test_what_is_weak_or_an_example_is_refused_in_production_only(values: dict[str, str]) -> None:
    assert load_settings(**values)
    with pytest.raises(InvalidSettings, match=f"CHATTERKEEP_{next(iter(values)).upper()}"):
        load_settings(env="production", **{"public_url": "https://chat.example.org", **values})


def test_production_does_not_start_without_the_address_that_people_use() -> None:
    """Else it would answer to any name, and send the staff cookie in the clear."""
    for values in ({}, {"trusted_hosts": "chat.example.org"}):
        with pytest.raises(InvalidSettings, match="CHATTERKEEP_PUBLIC_URL: production needs the address"):
            load_settings(env="production", **values)


@pytest.mark.parametrize("url", ["https://chat.example.org", "http://127.0.0.1:8000", "http://localhost:8000"])
def test_production_takes_an_address_that_is_safe(url: str) -> None:
    values = {"public_url": url, "channel_secrets": channel_secret(make_key())}
    assert load_settings(env="production", **values).public_url == url
