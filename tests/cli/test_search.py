"""flask search find | rebuild | drop: what was said, by its words."""

import json

import pytest
from sqlalchemy import Engine, func, select

from chatterkeep.services.wiring import Services
from chatterkeep.storage.db import Database
from chatterkeep.storage.models import WordRecord
from chatterkeep.storage.word_index import Standing, State, set_standing
from tests.cli.conftest import Run
from tests.databases import both
from tests.make import NAME, NOW, SONG, make_address, make_inbound

OFF = {"CHATTERKEEP_SEARCH": "off"}


@pytest.fixture
def talked(services: Services) -> None:
    sender = make_address(phone="+14155550142")
    for text in ("hello", NAME, SONG):
        services.turns.receive(make_inbound(text=text, sender=sender), NOW)


def entries(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(WordRecord)) or 0


@pytest.mark.usefixtures("talked")
def test_find_lists_the_messages_with_all_words(run: Run, services: Services) -> None:
    result = run("search", "find", f"{SONG} -playing", "--json")
    [hit] = json.loads(result.stdout)
    assert (hit["text"], hit["seq"], hit["author"], hit["phone"]) == (SONG, 5, "customer", "+1 *******142")
    assert services.audit.newest(1)[0].detail == "3 words or phrases, 1 shown"
    assert "There may be more" in run("search", "find", "hello", "--limit", "1").stderr
    assert run("search", "find", "nowhere").stderr == "Nothing found.\n"


def test_find_says_why_a_query_cannot_be_looked_for(run: Run) -> None:
    result = run("search", "find", "--", "-only")
    assert (result.exit_code, "add a word that must" in result.stderr) == (1, True)


@both
@pytest.mark.usefixtures("talked")
def test_rebuild_makes_the_index_anew_after_a_change_of_the_rules(run: Run, engine: Engine, database: Database) -> None:
    run("search", "find", "hello")
    before = entries(engine)
    with database.write() as connection:
        set_standing(connection, Standing("0", State.READY))
    assert "flask search rebuild" in run("search", "find", "hello").stderr
    result = run("search", "rebuild")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (0, "Done: all messages are in the index.")
    assert entries(engine) == before
    assert "Emptying: 100 %" in result.stderr


@pytest.mark.usefixtures("talked")
def test_a_rebuild_that_was_stopped_goes_on_where_it_was(run: Run, engine: Engine, services: Services) -> None:
    for _ in services.indexing.empty():
        pass
    next(services.indexing.fill(2))
    result = run("search", "rebuild")
    assert "Emptying" not in result.stderr
    assert (services.indexing.waiting(), services.indexing.is_being_filled()) == (0, False)
    assert "Emptying" in run("search", "rebuild").stderr


@pytest.mark.usefixtures("talked")
def test_drop_empties_the_index_once_the_search_is_off(run: Run, flask: Run, engine: Engine) -> None:
    run("search", "find", "hello")
    assert "First: CHATTERKEEP_SEARCH=off" in run("search", "drop", "--yes").stderr
    assert "flask search drop" in flask("doctor", **OFF).stdout
    assert flask("search", "drop", **OFF).exit_code == 2
    assert flask("search", "drop", "--yes", **OFF).exit_code == 0
    assert entries(engine) == 0
    assert "its index is empty" in flask("doctor", **OFF).stdout
    for command in (("find", "hello"), ("rebuild",)):
        assert "CHATTERKEEP_SEARCH=on" in flask("search", *command, **OFF).stderr
    assert "1 conversations are not wholly" in flask("doctor").stdout
    assert flask("search", "find", "hello").exit_code == 0
    assert "All messages are in the index" in flask("doctor").stdout


@both
@pytest.mark.usefixtures("talked")
def test_made_up_conversations_are_found_and_forgotten(run: Run, services: Services, engine: Engine) -> None:
    run("search", "find", "hello")
    real = entries(engine)
    run("demo", "seed", "--messages", "50", "--yes")
    assert len(json.loads(run("search", "find", "clair lune -playing", "--json").stdout)) == 1
    assert entries(engine) > real
    assert run("demo", "reset", "--yes").exit_code == 0
    assert entries(engine) == real
    assert services.indexing.waiting() == 0
