"""What is asked of a provider, what is spared, and what it may cost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import REGISTRY

from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests import redis_server
from tests.llm.server import LLM
from tests.make import NAME, SONG, make_phone, make_settings

SECRETS = ("+1 415 555 2671", "ada@example.com", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00")


@pytest.fixture
def fake() -> Iterator[LLM]:
    with LLM(tokens=5).running() as server:
        yield server


@pytest.fixture
def changes() -> dict[str, Any]:
    """Settings that a test changes."""
    return {}


@pytest.fixture
def settings(data_dir: Path, fake: LLM, changes: dict[str, Any]) -> Settings:
    return make_settings(data_dir=data_dir, openai_base_url=fake.url, **{"flow": "assistant", **changes})


def ask(client: FlaskClient, message: str, phone: str = "", **headers: str) -> Any:
    fields = {"phone": phone or make_phone(), "message": message}
    return client.post("/chat", json=fields, headers={"Prefer": "wait=10", **headers})


def answer(client: FlaskClient, message: str, phone: str = "") -> str:
    return str(ask(client, message, phone).json["reply"])


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


class TestCache:
    def test_the_same_first_question_is_asked_once(self, client: FlaskClient, fake: LLM) -> None:
        hits = metric("chatterkeep_answer_cache_total", result="hit")
        assert answer(client, "Where are you?") == answer(client, "  where ARE you? ")
        assert len(fake.requests) == 1
        assert metric("chatterkeep_answer_cache_total", result="hit") == hits + 1

    def test_with_a_history_each_question_is_asked(self, client: FlaskClient, fake: LLM) -> None:
        for phone in (make_phone(), make_phone()):
            answer(client, "Hello", phone)
            answer(client, "And then?", phone)
        assert [len(request.body["messages"]) for request in fake.requests] == [2, 4, 4]

    def test_a_question_with_something_personal_is_asked_each_time(self, client: FlaskClient, fake: LLM) -> None:
        for _ in range(2):
            answer(client, f"Is {SECRETS[1]} right?")
        assert len(fake.requests) == 2

    def test_a_failure_is_not_kept(self, client: FlaskClient, fake: LLM) -> None:
        fake.fault = "unauthorized"
        answer(client, "Where are you?")
        fake.fault = "none"
        assert answer(client, "Where are you?").startswith("Answer")

    @pytest.mark.parametrize("changes", [{"answer_cache": 0}])
    def test_it_can_be_turned_off(self, client: FlaskClient, fake: LLM) -> None:
        for _ in range(2):
            answer(client, "Where are you?")
        assert len(fake.requests) == 2

    @pytest.mark.parametrize("changes", [{"system_prompt": "Be brief."}])
    def test_another_prompt_is_another_question(self, client: FlaskClient, fake: LLM) -> None:
        answer(client, "Where are you?")
        assert fake.requests[0].body["messages"][0] == {"role": "system", "content": "Be brief."}


@pytest.mark.redis
class TestCacheInRedis:
    @pytest.fixture
    def changes(self, redis_url: str) -> dict[str, Any]:
        return {"redis_url": redis_url}

    def test_it_is_shared_and_encrypted(self, client: FlaskClient, fake: LLM, redis_url: str) -> None:
        fake.says = "Periwinkle Lane"
        assert answer(client, "Where are you?") == answer(client, "where are you?") == "Periwinkle Lane"
        assert len(fake.requests) == 1
        kept = redis_server.everything(redis_url)
        assert any(b"chatterkeep/answer/" in key for key in kept)
        assert not any(b"Periwinkle" in key + value for key, value in kept.items())


class TestBudget:
    @pytest.mark.parametrize("changes", [{"limit_llm": "2/minute"}])
    def test_a_session_may_ask_so_often(self, client: FlaskClient, fake: LLM) -> None:
        phone = make_phone()
        assert [ask(client, f"Question {n}", phone).status_code for n in range(3)] == [200, 200, 429]
        assert ask(client, "Question of another").status_code == 200
        assert len(fake.requests) == 3

    @pytest.mark.parametrize("changes", [{"limit_llm": "1/minute"}])
    def test_what_asks_nobody_is_not_counted(self, client: FlaskClient) -> None:
        phone = make_phone()
        assert [ask(client, text, phone).status_code for text in ("help", "restart", "Why?", "help")] == [200] * 4

    @pytest.mark.parametrize("changes", [{"tokens_session": 10}])
    def test_a_session_may_cost_so_much(self, client: FlaskClient) -> None:
        phone = make_phone()
        assert ask(client, "A question of some length", phone).status_code == 200
        refused = ask(client, "One more", phone)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 80_000
        assert "10 tokens in a day for one session" in refused.json["error"]["message"]
        assert ask(client, "One of another").status_code == 200

    @pytest.mark.parametrize("changes", [{"tokens_total": 5}])
    def test_all_together_may_cost_so_much(self, client: FlaskClient) -> None:
        assert [ask(client, f"Question {n}").status_code for n in range(2)] == [200, 429]

    @pytest.mark.parametrize("changes", [{"limit_llm": "1/minute"}])
    def test_a_refused_message_is_not_stored(self, client: FlaskClient, services: Services) -> None:
        phone = make_phone()
        session_id = ask(client, "One", phone).json["session_id"]
        ask(client, "Two", phone)
        assert [line.text for line in services.sessions.show(session_id).lines][:1] == ["One"]
        assert len(services.sessions.show(session_id).lines) == 2


class TestPrivacy:
    def test_nothing_personal_leaves_and_it_comes_back_restored(self, client: FlaskClient, fake: LLM) -> None:
        fake.echo = True
        question = f"Write to {SECRETS[1]} or call {SECRETS[0]}; pay by {SECRETS[2]} or {SECRETS[3]}."
        assert answer(client, question) == question
        sent = str(fake.requests[-1].body)
        assert [secret for secret in SECRETS if secret in sent or secret.replace(" ", "") in sent] == []

    def test_of_two_hundred_mixed_questions_none_holds_anothers_words(self, client: FlaskClient, fake: LLM) -> None:
        fake.tokens = 1
        phones = [make_phone() for _ in range(25)]
        for turn in range(8):
            for place, phone in enumerate(phones):
                answer(client, f"canary-{place:02d} asks for the {turn}. time", phone)
        assert len(fake.requests) == 200
        for request in fake.requests:
            said = [line["content"] for line in request.body["messages"] if line["role"] == "user"]
            assert len({text.split()[0] for text in said}) == 1


class TestNobody:
    @pytest.mark.parametrize("changes", [{"answerer": "none"}])
    def test_without_an_answerer_the_flow_says_so(self, client: FlaskClient, fake: LLM) -> None:
        said = ask(client, "Why is the sky blue?").json
        assert (said["status"], said["reply"].startswith("No language model is connected")) == ("done", True)
        assert not fake.requests

    @pytest.mark.parametrize("changes", [{"answerer": "canned"}])
    def test_the_stand_in_says_that_it_is_one(self, client: FlaskClient, fake: LLM) -> None:
        assert "stand-in" in answer(client, "Why is the sky blue?")
        assert not fake.requests

    @pytest.mark.parametrize("changes", [{"flow": "greeting"}])
    def test_the_greeting_talks_on_after_its_end(self, client: FlaskClient, app: Flask) -> None:
        phone = make_phone()
        said = [ask(client, text, phone).json for text in ("hello", NAME, SONG, "Who wrote it?")]
        assert [one["state"] for one in said] == ["AWAITING_NAME", "AWAITING_SONG", "COMPLETE", "COMPLETE"]
        assert said[-1]["reply"].startswith("Answer")
