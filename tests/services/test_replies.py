"""The life of a generated reply, with a real model server over HTTP, and two applications on one database."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from chatterkeep.domain.answers import Failure
from chatterkeep.domain.errors import InvalidInput, NotFound
from chatterkeep.domain.messages import Author, Inbound, Kind, SessionRef
from chatterkeep.domain.outcome import Outcome
from chatterkeep.domain.replies import FALLBACK, LEASE, MOST_CLAIMS, NOTHING_YET, Reply, ReplyState
from chatterkeep.domain.transcript import Line
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests import databases, rows
from tests.apps import running_app
from tests.llm.server import LLM
from tests.make import Clock, make_address, make_inbound, make_settings
from tests.waiting import until

pytestmark = databases.both


@pytest.fixture
def fake() -> Iterator[LLM]:
    with LLM(first_token=0.05, between=0.01, tokens=12).running() as server:
        yield server


@pytest.fixture
def settings(data_dir: Path, database_url: str, fake: LLM) -> Settings:
    return make_settings(
        data_dir=data_dir,
        database_url=database_url,
        flow="assistant",
        openai_base_url=fake.url,
        answer_cache=0,
        first_token_timeout="30s",
        token_timeout="30s",
        reply_timeout="60s",
    )


@pytest.fixture
def elsewhere(app: Flask, settings: Settings, clock: Clock) -> Iterator[Services]:
    """The use cases of another process on the same database."""
    with running_app(settings, clock) as other:
        yield other.extensions["chatterkeep"]


def ask(services: Services, words: str = "Why is the sky blue?", **changes: Any) -> Outcome:
    return services.turns.receive(make_inbound(text=words, **changes), services.clock())


def ended(services: Services, outcome: Outcome, within: float = 60) -> Reply:
    assert outcome.generated
    return services.replies.wait(outcome.generated, within)


def lines_of(services: Services, outcome: Outcome) -> list[Line]:
    return list(services.sessions.show(outcome.session_id).lines)


def flushed(engine: Engine) -> None:
    """Wait until some text of a reply that has not ended is stored."""

    def is_stored() -> bool:
        with engine.connect() as connection:
            return bool(connection.scalar(text("SELECT count(*) FROM replies WHERE partial IS NOT NULL")))

    until(is_stored)


def begun(services: Services, outcome: Outcome) -> None:
    """Wait until some text is there."""
    until(lambda: bool(outcome.generated and services.replies.show(outcome.generated.reply_id).text))


def test_an_answer_becomes_a_message_when_it_is_finished(services: Services) -> None:
    outcome = ask(services)
    assert (outcome.status, outcome.reply) == ("pending", None)
    reply = ended(services, outcome)
    question, answer = lines_of(services, outcome)
    assert reply.state is ReplyState.DONE
    assert (answer.author, answer.kind, answer.text, answer.position) == (
        Author.BOT,
        Kind.ANSWER,
        reply.text,
        reply.position,
    )
    assert question.position.seq + 1 == answer.position.seq
    assert reply.usage
    assert (reply.usage.model, reply.usage.completion_tokens > 0) == ("fake-1", True)


def test_what_was_said_so_far_goes_along(services: Services, fake: LLM) -> None:
    alice = make_address()
    first = ended(services, ask(services, sender=alice))
    ended(services, ask(services, "And at night?", sender=alice))
    said = [(line["role"], line["content"]) for line in fake.requests[-1].body["messages"][1:]]
    assert said == [("user", "Why is the sky blue?"), ("assistant", first.text), ("user", "And at night?")]


def test_nobody_elses_words_go_along(services: Services, fake: LLM) -> None:
    ended(services, ask(services, "Canary one"))
    ended(services, ask(services, "Canary two"))
    assert "Canary one" not in str(fake.requests[-1].body)


def test_the_same_delivery_gets_the_same_reply(services: Services, fake: LLM) -> None:
    first = ask(services, delivery="SM1", sender=(alice := make_address()))
    reply = ended(services, first)
    again = ask(services, delivery="SM1", sender=alice)
    assert (again.replayed, again.reply_id, again.reply) == (True, first.reply_id, reply.text)
    assert len(fake.requests) == 1


def test_it_can_be_read_in_another_process_while_it_grows(services: Services, elsewhere: Services, fake: LLM) -> None:
    fake.between, fake.tokens = 0.1, 40
    outcome = ask(services)
    assert outcome.reply_id
    texts = [seen.text for seen in elsewhere.replies.follow(outcome.reply_id, pause=5) if seen]
    assert len(texts) > 3
    assert all(after.startswith(before) for before, after in pairwise(texts))
    assert texts[-1] == ended(services, outcome).text


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_a_stop_ends_the_call_and_keeps_the_text(
    services: Services, elsewhere: Services, fake: LLM, where: str
) -> None:
    fake.between, fake.tokens = 0.1, 200
    outcome = ask(services)
    begun(elsewhere, outcome)
    assert outcome.reply_id
    stopped = (services if where == "here" else elsewhere).replies.stop(outcome.reply_id)
    assert fake.gone(fake.requests[-1])
    assert (stopped.state, lines_of(services, outcome)[-1].kind) == (ReplyState.STOPPED, Kind.PARTIAL)
    until(lambda: not services.writers.desk.all())
    assert services.replies.show(outcome.reply_id) == stopped == elsewhere.replies.show(outcome.reply_id)
    assert len(lines_of(services, outcome)) == 2


def test_a_stop_before_the_first_word_says_so(services: Services, fake: LLM) -> None:
    fake.fault = "hang"
    outcome = ask(services)
    assert outcome.reply_id
    until(lambda: bool(fake.requests))
    assert services.replies.stop(outcome.reply_id).text == NOTHING_YET
    assert fake.gone(fake.requests[-1])


def test_a_stop_of_what_has_ended_changes_nothing(services: Services) -> None:
    outcome = ask(services)
    reply = ended(services, outcome)
    assert services.replies.stop(reply.reply_id) == reply


def test_a_failure_is_said_and_can_be_tried_again(services: Services, fake: LLM) -> None:
    fake.fault = "unauthorized"
    failed = ended(services, ask(services))
    assert (failed.state, failed.text, failed.failure) == (ReplyState.FAILED, FALLBACK, Failure.UNAUTHORIZED)
    fake.fault = "none"
    again = services.replies.retry(failed.reply_id)
    same = services.replies.retry(failed.reply_id)
    assert same.reply_id == again.reply_id
    done = services.replies.wait(again, 60)
    assert (done.state, done.attempt) == (ReplyState.DONE, 2)
    assert services.replies.retry(failed.reply_id).reply_id == done.reply_id
    assert FALLBACK not in str(fake.requests[-1].body)


def test_only_the_last_answer_can_be_tried_again(services: Services, fake: LLM) -> None:
    fake.fault = "unauthorized"
    failed = ended(services, ask(services, sender=(alice := make_address())))
    ended(services, ask(services, "Something else", sender=alice))
    with pytest.raises(InvalidInput):
        services.replies.retry(failed.reply_id)


def test_a_passing_failure_is_tried_again_by_itself(services: Services, fake: LLM) -> None:
    fake.fault, fake.between = "no-finish", 0.3
    outcome = ask(services)
    begun(services, outcome)
    fake.fault, fake.between = "none", 0.01
    reply = ended(services, outcome)
    assert (reply.state, reply.fence, len(fake.requests)) == (ReplyState.DONE, 2, 2)


def test_after_failures_in_a_row_nobody_waits_for_a_sick_provider(services: Services, fake: LLM) -> None:
    fake.fault = "500"
    for _ in range(3):
        ended(services, ask(services))
    assert len(fake.requests) == 5
    assert ended(services, ask(services)).failure is Failure.OPEN_CIRCUIT
    assert len(fake.requests) == 5


def test_a_burst_is_one_question(services: Services, fake: LLM) -> None:
    fake.first_token = 2  # nothing is said before all is asked
    alice = make_address()
    outcomes = [ask(services, words, sender=alice) for words in ("Why", "is the sky", "blue?")]
    replies = {ended(services, outcome).reply_id for outcome in outcomes}
    assert replies == {outcomes[0].reply_id}
    assert fake.requests[-1].body["messages"][-1]["content"] == "Why\nis the sky\nblue?"
    assert [line.author for line in lines_of(services, outcomes[0])] == [Author.CUSTOMER] * 3 + [Author.BOT]


def test_a_message_during_an_answer_is_answered_after_it(services: Services, fake: LLM, clock: Clock) -> None:
    fake.between, fake.tokens = 0.05, 60
    first = ask(services, sender=(alice := make_address()))
    begun(services, first)
    clock.forward(seconds=2)
    second, third = ask(services, "And at night?", sender=alice), ask(services, "Or at dusk?", sender=alice)
    assert second.reply_id == third.reply_id != first.reply_id
    assert ended(services, second).text != ended(services, first).text
    said = [line["content"] for line in fake.requests[-1].body["messages"][1:]]
    assert said == ["Why is the sky blue?", ended(services, first).text, "And at night?\nOr at dusk?"]
    assert [line.author.value for line in lines_of(services, first)] == ["customer"] * 3 + ["bot"] * 2


def test_a_reply_that_its_writer_left_is_written_by_another(
    services: Services, elsewhere: Services, fake: LLM, clock: Clock
) -> None:
    fake.fault = "hang"
    outcome = ask(services)
    until(lambda: bool(fake.requests))
    assert elsewhere.writers.sweep() == 0
    fake.fault = "none"
    clock.forward(seconds=LEASE.total_seconds() + 1)
    assert elsewhere.writers.sweep() == 1
    reply = ended(elsewhere, outcome)
    assert (reply.state, reply.fence) == (ReplyState.DONE, 2)
    assert fake.gone(fake.requests[0])
    assert len(lines_of(services, outcome)) == 2


def test_a_process_that_ends_gives_its_replies_back(services: Services, elsewhere: Services, fake: LLM) -> None:
    fake.fault = "hang"
    outcome = ask(services)
    until(lambda: bool(fake.requests))
    services.writers.close()
    fake.fault = "none"
    assert elsewhere.writers.sweep() == 1
    assert ended(elsewhere, outcome).state is ReplyState.DONE


def test_once_a_person_answers_the_bot_says_nothing_more(services: Services, fake: LLM, engine: Engine) -> None:
    fake.between, fake.tokens = 0.05, 1000
    outcome = ask(services)
    flushed(engine)
    services.sessions.speak(Inbound(SessionRef(outcome.session_id), "I take over."), services.clock())
    assert fake.gone(fake.requests[-1])
    assert [line.kind for line in lines_of(services, outcome)] == [Kind.TEXT, Kind.PARTIAL, Kind.TEXT]
    assert lines_of(services, outcome)[-1].author is Author.AGENT


def test_starting_over_ends_what_is_being_written(services: Services, fake: LLM) -> None:
    fake.between, fake.tokens = 0.05, 1000
    outcome = ask(services, sender=(alice := make_address()))
    begun(services, outcome)
    ask(services, "restart", sender=alice)
    assert fake.gone(fake.requests[-1])
    until(lambda: not services.writers.desk.all())
    assert [line.author for line in lines_of(services, outcome)] == [Author.CUSTOMER, Author.CUSTOMER, Author.BOT]


def test_a_reply_of_another_session_is_not_found(services: Services) -> None:
    mine, other = ask(services), ask(services)
    assert mine.reply_id
    with pytest.raises(NotFound):
        services.replies.show(mine.reply_id, other.session_id)
    with pytest.raises(NotFound):
        services.replies.stop(mine.reply_id, other.session_id)
    ended(services, mine), ended(services, other)


def test_what_is_written_is_stored_encrypted(services: Services, settings: Settings, fake: LLM, engine: Engine) -> None:
    fake.says, fake.between = "Periwinkle " * 300, 0.1
    ask(services)
    flushed(engine)
    assert b"Periwinkle" not in rows.everything(settings)


def test_a_reply_that_takes_its_writers_down_ends(
    services: Services, elsewhere: Services, engine: Engine, fake: LLM
) -> None:
    fake.fault = "hang"
    outcome = ask(services)
    until(lambda: bool(fake.requests))
    services.writers.close()
    with engine.begin() as connection:
        connection.execute(text("UPDATE replies SET claims = :many"), {"many": MOST_CLAIMS})
    assert elsewhere.writers.sweep() == 1
    assert ended(elsewhere, outcome).failure is Failure.BROKEN
