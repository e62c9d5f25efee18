"""Calls of tools in a stream: in fragments, side by side, and in all the ways in which servers get them wrong."""

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatterkeep.answerers.completion import Completion
from chatterkeep.answerers.openai_chat import OpenAIChat
from chatterkeep.answerers.toolcalls import MOST_ROUNDS, ToolCalls, exchange
from chatterkeep.domain.addresses import parse_template
from chatterkeep.domain.answers import Failure, NoAnswer
from chatterkeep.domain.tools import Method, Tool, ToolCall
from chatterkeep.services.ports import Call
from tests.answerers.asking import PATIENT, QUESTION, SYSTEM, prompt
from tests.llm.server import LLM
from tests.llm.toolcalls import Round, Wanted

TOOL = Tool(
    "flight_status",
    "flight status",
    "Tells where a flight is.",
    Method.GET,
    parse_template("https://api.example/?no={no}"),
    {"type": "object", "properties": {"no": {"type": "string"}}, "required": []},
)


class Shelf:
    """Tools that give the same to everybody, and remember what they were asked."""

    def __init__(self, gives: str = "on time") -> None:
        self.offered: Sequence[Tool] = (TOOL,)
        self.rounds: list[list[ToolCall]] = []
        self._gives = gives

    def use(self, wanted: Sequence[ToolCall], call: Call) -> list[str]:
        self.rounds.append(list(wanted))
        return [self._gives for _ in wanted]


def asked(chat: OpenAIChat, shelf: Shelf | None) -> tuple[str, Call]:
    call = Call(PATIENT)
    call.tools = shelf
    return "".join(chat.answer(prompt(), call)), call


def gathered(*deltas: Any) -> list[tuple[str, str]]:
    calls = ToolCalls()
    for delta in deltas:
        calls.take(delta)
    return [(call.name, call.arguments) for call in calls.whole()]


def begins(name: str, own: str | None, arguments: str = "", index: Any = 0) -> dict[str, Any]:
    return {"index": index, "id": own, "function": {"name": name, "arguments": arguments}}


def test_without_tools_the_request_is_what_it_was(chat: OpenAIChat, fake: LLM) -> None:
    fake.wants = [Round([Wanted("flight_status", {})])]
    text, _ = asked(chat, None)
    assert text.startswith("Answer to")
    assert set(fake.requests[-1].body) == {
        "model", "messages", "temperature", "max_tokens", "stream", "stream_options",
    }  # fmt: skip


def test_a_call_in_fragments_is_made_and_its_result_goes_back(chat: OpenAIChat, fake: LLM) -> None:
    fake.wants = [Round([Wanted("flight_status", {"no": "CK42"}, piece=2)])]
    fake.retells = True
    shelf = Shelf()
    text, _ = asked(chat, shelf)
    assert (text, shelf.rounds) == ("on time", [[ToolCall("call-0", "flight_status", '{"no": "CK42"}')]])
    first, second = (request.body for request in fake.requests)
    assert first["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "flight_status",
                "description": "Tells where a flight is.",
                "parameters": {
                    "type": "object",
                    "properties": {"no": {"type": "string"}},
                    "required": [],
                    "additionalProperties": False,
                },
            },
        }
    ]
    function = {"name": "flight_status", "arguments": '{"no": "CK42"}'}
    assert second["messages"] == [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": QUESTION},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call-0", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "call-0", "content": "on time"},
    ]


def test_calls_side_by_side_are_kept_apart(chat: OpenAIChat, fake: LLM) -> None:
    fake.wants = [Round([Wanted("flight_status", {"no": f"CK{n}"}, piece=3) for n in range(3)])]
    shelf = Shelf()
    asked(chat, shelf)
    assert [json.loads(call.arguments)["no"] for call in shelf.rounds[0]] == ["CK0", "CK1", "CK2"]


def test_what_was_said_before_a_call_stays(chat: OpenAIChat, fake: LLM) -> None:
    fake.wants, fake.says = [Round([Wanted("flight_status", {})], says="Let me look.")], "It is late."
    text, _ = asked(chat, Shelf())
    assert text == "Let me look.\n\nIt is late."
    assert fake.requests[-1].body["messages"][2]["content"] == "Let me look."


def test_the_usage_of_all_rounds_is_added_up(chat: OpenAIChat, fake: LLM) -> None:
    fake.wants, fake.says = [Round([Wanted("flight_status", {})])] * 2, "It is late."
    _, call = asked(chat, Shelf())
    assert call.usage
    words = len(QUESTION.split())
    assert (call.usage.prompt_tokens, call.usage.completion_tokens) == (3 * words, 1 + 1 + 3)


def test_a_model_that_calls_for_ever_has_to_answer(chat: OpenAIChat, fake: LLM) -> None:
    fake.wants, fake.endless = [Round([Wanted("flight_status", {})])], True
    shelf = Shelf()
    text, _ = asked(chat, shelf)
    assert text.startswith("Answer to")
    assert len(shelf.rounds) == MOST_ROUNDS
    assert [request.body.get("tool_choice") for request in fake.requests] == [None] * MOST_ROUNDS + ["none"]


def test_a_model_that_calls_where_it_may_not_has_answered_nothing(chat: OpenAIChat, fake: LLM) -> None:
    fake.wants, fake.endless, fake.stubborn = [Round([Wanted("flight_status", {})])], True, True
    shelf = Shelf()
    with pytest.raises(NoAnswer) as caught:
        asked(chat, shelf)
    assert caught.value.failure is Failure.EMPTY
    assert len(shelf.rounds) == MOST_ROUNDS


@pytest.mark.parametrize("finish", ["stop", "function_call", "tool_calls"])
def test_the_word_for_the_end_does_not_matter(chat: OpenAIChat, fake: LLM, finish: str) -> None:
    fake.wants = [Round([Wanted("flight_status", {})], finish=finish)]
    shelf = Shelf()
    asked(chat, shelf)
    assert len(shelf.rounds) == 1


def test_calls_are_not_made_where_the_stream_breaks_off(chat: OpenAIChat, fake: LLM) -> None:
    fake.wants = [Round([Wanted("flight_status", {})], finish="")]
    shelf = Shelf()
    with pytest.raises(NoAnswer) as caught:
        asked(chat, shelf)
    assert caught.value.failure is Failure.EMPTY
    assert shelf.rounds == []


@pytest.mark.parametrize(
    "raw",
    [
        5,
        "x",
        [5],
        [None],
        [{"function": 5}],
        [{"index": "0"}],
        [{"index": True}],
        [{"id": 5}],
        [begins("a", None, "", 0.5)],
    ],
)
def test_what_is_no_call_is_malformed(chat: OpenAIChat, fake: LLM, raw: Any) -> None:
    fake.wants = [Round(raw=[raw])]
    with pytest.raises(NoAnswer) as caught:
        asked(chat, Shelf())
    assert caught.value.failure is Failure.MALFORMED


def test_a_crowd_of_calls_is_too_much(chat: OpenAIChat, fake: LLM) -> None:
    fake.wants = [Round([Wanted("flight_status", {}) for _ in range(100)])]
    with pytest.raises(NoAnswer) as caught:
        asked(chat, Shelf())
    assert caught.value.failure is Failure.TOO_LONG


def test_endless_arguments_are_too_much(chat: OpenAIChat, fake: LLM) -> None:
    fake.wants = [Round([Wanted("flight_status", "x" * 100_000, piece=10_000)])]
    with pytest.raises(NoAnswer) as caught:
        asked(chat, Shelf())
    assert caught.value.failure is Failure.TOO_LONG


def test_whole_calls_that_share_an_index_are_told_apart_by_their_ids() -> None:
    """As Ollama sends them."""
    found = gathered([begins("a", "1", '{"x":1}')], [begins("b", "2", '{"y":2}')])
    assert found == [("a", '{"x":1}'), ("b", '{"y":2}')]


def test_an_id_that_comes_with_every_fragment_begins_nothing() -> None:
    """As some servers send them: a new id each time, and no name."""
    found = gathered([begins("a", "1", '{"x"')], [{"index": 0, "id": "2", "function": {"arguments": ":1}"}}])
    assert found == [("a", '{"x":1}')]


def test_a_fragment_without_an_index_belongs_where_it_stands() -> None:
    fragment = {"id": "1", "function": {"name": "a", "arguments": "{}"}}
    assert gathered([fragment, {**fragment, "id": "2"}]) == [("a", "{}"), ("a", "{}")]


@pytest.mark.parametrize("own", [None, "", "x" * 500, "same", "ä", "a b"])
def test_each_call_has_an_id_of_its_own(own: str | None) -> None:
    calls = ToolCalls()
    calls.take([begins("a", own, "{}", 0), begins("b", own, "{}", 1)])
    ids = [call.id for call in calls.whole()]
    assert len(set(ids)) == 2
    assert all(1 <= len(one) <= 64 and one.isascii() for one in ids)


def test_what_a_server_would_refuse_does_not_go_back_to_it() -> None:
    told = exchange("", [ToolCall("1", "a name", '{"x"'), ToolCall("2", "b", "[1]")], ["r", "s"])
    functions = [call["function"] for call in told[0]["tool_calls"]]
    assert functions == [{"name": "unknown", "arguments": "{}"}, {"name": "b", "arguments": "{}"}]


def test_half_a_letter_in_arguments_does_no_harm_later() -> None:
    assert gathered([begins("a", "1", '"\ud83c"')]) == [("a", '"\ufffd"')]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(("index", "id", "function", "name", "arguments", "type")), inner)
    ),
)


@given(st.lists(json_values))
def test_no_junk_breaks_the_reader(deltas: list[Any]) -> None:
    calls = ToolCalls()
    completion = Completion(calls)
    for delta in deltas:
        with suppress(NoAnswer):
            completion.take(json.dumps({"choices": [{"delta": {"tool_calls": delta}}]}).encode())
    json.dumps(exchange("", calls.whole(), [""] * len(calls.whole()))).encode()
