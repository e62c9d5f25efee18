"""A language model's answer arrives whole, piece by piece, with what it cost."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chatterkeep.answerers.openai_chat import OpenAIChat, parameters
from chatterkeep.domain.answers import Failure, Usage
from chatterkeep.services.ports import Call
from tests.answerers.asking import KEY, PATIENT, QUESTION, SYSTEM, ask, chat_with, prompt
from tests.llm.replies import words
from tests.llm.server import LLM


def test_an_answer_comes_in_the_pieces_it_was_written_in(chat: OpenAIChat) -> None:
    assert list(chat.answer(prompt(), Call(PATIENT))) == words(QUESTION, 20)


def test_the_request_is_what_compatible_servers_understand(chat: OpenAIChat, fake: LLM) -> None:
    ask(chat)
    [request] = fake.requests
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["accept-encoding"] == "identity"
    assert request.body == {
        "model": "a-model",
        "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}],
        "temperature": 0.2,
        "max_tokens": 256,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_model_that_takes_no_temperature_is_told_none(fake: LLM) -> None:
    answerer = OpenAIChat(KEY, fake.url, "a-model", None, 256)
    assert ask(answerer).error is None
    answerer.close()
    assert "temperature" not in fake.requests[0].body


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        ("", "max_completion_tokens"),
        ("https://api.openai.com/v1", "max_completion_tokens"),
        ("https://llm.example.org/v1", "max_tokens"),
    ],
)
def test_the_longest_answer_is_named_as_the_server_knows_it(base_url: str, name: str) -> None:
    told = parameters(base_url, "a-model", 0.2, 256)
    assert {key for key, value in told.items() if value == 256} == {name}


def test_a_server_of_ones_own_needs_no_key(fake: LLM) -> None:
    with chat_with(fake.url, key="") as chat:
        assert ask(chat).error is None


def test_the_provider_says_what_an_answer_cost(chat: OpenAIChat) -> None:
    assert ask(chat).call.usage == Usage("fake-1", len(QUESTION.split()), 20)


def test_without_its_word_four_characters_are_a_token(chat: OpenAIChat, fake: LLM) -> None:
    fake.fault, fake.says = "no-usage", "Five."
    assert ask(chat).call.usage == Usage("fake-1", -(-len(SYSTEM + QUESTION) // 4), 2)


def test_an_answer_that_broke_off_has_its_price_too(chat: OpenAIChat, fake: LLM) -> None:
    fake.fault = "chunked-cut"
    outcome = ask(chat)
    assert outcome.call.usage == Usage("fake-1", -(-len(SYSTEM + QUESTION) // 4), -(-len(outcome.text) // 4))


@pytest.mark.parametrize(
    ("fault", "cut_short"), [("none", False), ("length", True), ("tool-calls", False), ("unknown-finish", False)]
)
def test_an_answer_is_complete_with_a_reason(chat: OpenAIChat, fake: LLM, fault: str, cut_short: bool) -> None:
    fake.fault = fault
    outcome = ask(chat)
    assert outcome.error is None
    assert outcome.text
    assert outcome.call.cut_short is cut_short


def test_a_complete_answer_does_not_wait_for_the_goodbye(chat: OpenAIChat, fake: LLM) -> None:
    fake.fault = "hang-after-finish"
    outcome = ask(chat)
    assert outcome.error is None
    assert outcome.seconds < PATIENT.between
    assert fake.gone(fake.requests[-1])


@pytest.mark.parametrize("fault", ["tiny-chunks", "carriage-returns"])
def test_it_does_not_matter_how_the_stream_is_cut(chat: OpenAIChat, fake: LLM, fault: str) -> None:
    fake.fault, fake.says = fault, "Ja – die Pflaume blüht 🌸 im April."
    assert ask(chat).text == fake.says


def test_a_long_answer_passes_and_a_longer_one_does_not(chat: OpenAIChat, fake: LLM) -> None:
    fake.says = "aé " * 4096
    assert ask(chat).text == fake.says
    fake.says += "."
    outcome = ask(chat)
    assert outcome.error
    assert outcome.error.failure is Failure.TOO_LONG


def test_good_answers_share_a_connection(chat: OpenAIChat, fake: LLM) -> None:
    for _ in range(3):
        assert ask(chat).error is None
    assert len({request.connection for request in fake.requests}) == 1


def test_an_error_that_was_read_to_its_end_leaves_the_connection_in_use(chat: OpenAIChat, fake: LLM) -> None:
    fake.fault = "quota-3"
    ask(chat)
    ask(chat)
    assert len({request.connection for request in fake.requests}) == 1


def test_a_connection_that_the_server_closed_harms_nobody(chat: OpenAIChat, fake: LLM) -> None:
    ask(chat)
    fake.fault = "refuse"
    fake.fault = "none"
    assert ask(chat).error is None


def test_fifty_at_once_each_get_their_own(chat: OpenAIChat, fake: LLM) -> None:
    fake.echo, fake.between = True, 0.002
    questions = [f"Question {number} has {'many ' * (number % 7)}words" for number in range(150)]
    with ThreadPoolExecutor(50) as threads:
        outcomes = threads.map(lambda question: ask(chat, question, PATIENT), questions)
        assert [outcome.text for outcome in outcomes] == questions
    assert len({request.connection for request in fake.requests}) <= 50
