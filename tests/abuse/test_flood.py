"""A12: a flood costs no more than the budget, whoever it comes from, and who is refused is told so."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
from flask.testing import FlaskClient

from chatterkeep.settings import Settings
from tests.llm.server import LLM
from tests.make import make_phone, make_settings

_AT_ONCE: Final = 8


@pytest.fixture
def fake() -> Iterator[LLM]:
    with LLM(tokens=3).running() as server:
        yield server


@pytest.fixture
def limits() -> dict[str, Any]:
    return {}


@pytest.fixture
def settings(data_dir: Path, fake: LLM, limits: dict[str, Any]) -> Settings:
    own = {"flow": "assistant", "openai_base_url": fake.url, "answer_cache": 0}
    return make_settings(data_dir=data_dir, **own, **limits)


def flood(client: FlaskClient, *phones: str) -> Counter[int]:
    """Ask once for each number, many at once; how many got which status. The refused are told when to come again."""

    def ask(n: int, phone: str) -> int:
        fields = {"phone": phone, "message": f"Question {n}?"}
        answer = client.application.test_client().post("/chat", json=fields, headers={"Prefer": "wait=60"})
        if answer.status_code == 429:
            assert answer.json["error"]["code"] == "RATE_LIMIT_EXCEEDED"
            assert int(answer.headers["Retry-After"]) >= 1
        return answer.status_code

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return Counter(pool.map(ask, count(), phones))


@pytest.mark.parametrize("limits", [{"limit_llm": "5/hour"}])
def test_one_person_cannot_spend_more_than_their_share(client: FlaskClient, fake: LLM) -> None:
    assert flood(client, *[make_phone()] * 50) == {200: 5, 429: 45}
    assert 1 <= len(fake.requests) <= 5  # what came while an answer was awaited is answered together


@pytest.mark.parametrize("limits", [{"limit_llm": "5/hour", "limit_llm_total": "20/hour"}])
def test_two_hundred_people_cannot_spend_more_than_all_may(client: FlaskClient, fake: LLM) -> None:
    assert flood(client, *(make_phone() for _ in range(200))) == {200: 20, 429: 180}
    assert len(fake.requests) == 20


@pytest.mark.parametrize("limits", [{"tokens_total": 60}])
def test_the_tokens_of_all_are_counted_to_the_last(client: FlaskClient, fake: LLM) -> None:
    said = flood(client, *(make_phone() for _ in range(40)))
    assert said[200] + said[429] == 40
    assert said[200] == len(fake.requests)
    assert 1 <= said[200] < 40
