"""flask demo seed | reset: made-up conversations that are like real ones, and gone again."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from chatterkeep.domain.audit import COMMAND_LINE
from chatterkeep.domain.inbox import Part
from chatterkeep.domain.messages import Channel
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.services import demo
from chatterkeep.services.wiring import Services
from tests.cli.conftest import PRODUCTION, Run
from tests.databases import both
from tests.make import NOW, make_address, make_inbound, make_phone
from tests.rows import count, seqs

EMPTY = {"sessions": 0, "addresses": 0, "conversations": 0, "messages": 0, "deliveries": 0}


@both
def test_seed_makes_whole_conversations(run: Run, engine: Engine) -> None:
    result = run("demo", "seed", "--messages", "100")
    assert result.exit_code == 0
    assert "messages:             104" in result.stdout
    assert count(engine) == {"sessions": 13, "addresses": 13, "conversations": 13, "messages": 104, "deliveries": 0}
    assert set(map(tuple, seqs(engine).values())) == {tuple(range(1, 9))}


@both
def test_what_was_made_up_reads_like_any_other_conversation(run: Run, services: Services) -> None:
    run("demo", "seed", "--messages", "8")
    [summary] = services.sessions.list(10, None).summaries
    session = services.sessions.show(summary.session_id)
    assert (summary.who.channel, summary.who.phone) == (Channel.DEMO, PhoneNumber("+14155550000"))
    assert (summary.standing.state, summary.standing.status) == ("COMPLETE", "complete")
    assert [line.text for line in session.lines] == [
        *("hello", "What is your name?"),
        *("Ada", "Hello Ada, what is your favorite song?"),
        *("Blue in Green", "Playing Blue in Green"),
        *("thanks", "Thank you for using the chatbot!"),
    ]
    transcript = services.history.read(session.lines[0].conversation_id, Part(), COMMAND_LINE, NOW)
    assert transcript.case.answers == {"name": "Ada", "song": "Blue in Green"}


def test_they_lie_in_the_half_year_before_now(run: Run, services: Services) -> None:
    run("demo", "seed", "--messages", "800")
    times = [summary.last_message_at for summary in services.sessions.list(100, None).summaries]
    assert len(times) == 100
    assert min(times) - (NOW - demo.SPAN) < timedelta(days=2)
    assert NOW - max(times) < timedelta(days=2)
    assert max(times) < NOW


def test_a_second_seed_adds_to_the_first(run: Run, engine: Engine) -> None:
    for _ in range(2):
        run("demo", "seed", "--messages", "80")
    assert count(engine)["sessions"] == 20


def test_a_number_that_is_taken_is_passed_over(run: Run, engine: Engine, services: Services) -> None:
    services.turns.receive(make_inbound(sender=make_address(phone="+14155550003", channel=Channel.DEMO)), NOW)
    assert run("demo", "seed", "--messages", "80").exit_code == 0
    assert count(engine)["sessions"] == 11


def test_each_transaction_is_small(run: Run, services: Services) -> None:
    steps = list(services.demo.seed(20_000, NOW))
    assert sum(steps) == 20_000
    assert max(steps) <= 5_000


def test_seed_tells_how_far_it_is(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_TOGETHER", 1)
    result = run("demo", "seed", "--messages", "80")
    assert result.stderr.splitlines() == [f"Seeding: {tenth}0 %" for tenth in range(1, 11)]


def test_beside_real_people_seed_needs_a_yes(run: Run, engine: Engine) -> None:
    run("chat", "send", make_phone(), "hello")
    refused = run("demo", "seed", "--messages", "8")
    assert (refused.exit_code, count(engine)["sessions"]) == (2, 1)
    assert "real people" in refused.stderr
    assert run("demo", "seed", "--messages", "8", "--yes").exit_code == 0
    assert count(engine)["sessions"] == 2


def test_nothing_is_made_up_in_production(flask: Run, engine: Engine) -> None:
    result = flask("demo", "seed", "--yes", **PRODUCTION)
    assert result.exit_code == 1
    assert "production" in result.stderr
    assert count(engine) == EMPTY


@both
def test_reset_removes_what_was_made_up_and_nothing_else(run: Run, engine: Engine, services: Services) -> None:
    real = services.turns.receive(make_inbound(sender=make_address(phone="+14155550001"), delivery="one"), NOW)
    run("demo", "seed", "--messages", "80", "--yes")
    result = run("demo", "reset", "--yes")
    assert "Removed 10 made-up sessions with 80 messages." in result.stderr
    assert count(engine) == {"sessions": 1, "addresses": 1, "conversations": 1, "messages": 2, "deliveries": 1}
    assert services.sessions.show(real.session_id).lines[0].text == "hello"


def test_reset_without_a_yes_removes_nothing(run: Run, engine: Engine) -> None:
    run("demo", "seed", "--messages", "80")
    refused = run("demo", "reset")
    assert (refused.exit_code, count(engine)["sessions"]) == (2, 10)
    assert "10 made-up sessions with 80 messages" in refused.stderr


def test_a_dry_run_of_reset_removes_nothing(run: Run, engine: Engine) -> None:
    run("demo", "seed", "--messages", "80")
    result = run("demo", "reset", "--yes", "--dry-run")
    assert (result.exit_code, result.stderr) == (0, "There are 10 made-up sessions with 80 messages.\n")
    assert count(engine)["sessions"] == 10


def test_the_staff_list_names_the_channel(run: Run) -> None:
    run("demo", "seed", "--messages", "8")
    [row] = json.loads(run("sessions", "list", "--json").stdout)
    assert row["channel"] == "demo"
