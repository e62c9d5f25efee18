"""The channel for development: the server's log, and nowhere else."""

from pathlib import Path

import pytest

from chatterkeep.channels.console import Console
from chatterkeep.domain.phone import parse_phone
from chatterkeep.services.wiring import Services
from chatterkeep.settings import InvalidSettings, Settings, load_settings
from tests.channels.carriers import settle
from tests.make import make_phone, make_settings

TEXT = "The word is marzipan."


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As they are where nobody asked for a channel."""
    return make_settings(data_dir=settings.data_dir, channel="auto")


def test_the_text_stands_in_the_log_and_the_number_does_not(caplog: pytest.LogCaptureFixture) -> None:
    number = make_phone()
    Console().send(parse_phone(number, "US"), TEXT, "k1")
    assert TEXT in caplog.text
    assert number not in caplog.text
    assert number[-3:] in caplog.text


def test_in_development_it_is_there_without_being_asked_for(
    caplog: pytest.LogCaptureFixture, services: Services
) -> None:
    assert (services.outgoing.available, services.outgoing.name) == (True, "console")
    services.outgoing.send(parse_phone(make_phone(), "US"), TEXT, "k1")
    settle(services.outgoing)
    assert TEXT in caplog.text


def test_production_has_nothing_by_itself_and_refuses_it(tmp_path: Path) -> None:
    assert (
        load_settings(env="production", public_url="https://chat.example.org", data_dir=tmp_path).carried_by == "none"
    )
    with pytest.raises(InvalidSettings, match="not for production"):
        load_settings(env="production", public_url="https://chat.example.org", channel="console")
