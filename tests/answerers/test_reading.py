"""Bytes become events, events become text, and headers become waits: without trust in any of them."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatterkeep.answerers.completion import LONGEST_TEXT, Completion
from chatterkeep.answerers.sse import EventReader, EventTooLong
from chatterkeep.domain.answers import Failure, NoAnswer, Usage
from chatterkeep.services.retry_after import LONGEST, retry_after

STREAMS = {
    b"data: one\n\n": [b"one"],
    b"data:one\n\ndata:  two\n\n": [b"one", b" two"],
    b"data: one\r\n\r\ndata: two\r\rdata: three\n\n": [b"one", b"two", b"three"],
    b"data: one\ndata: two\n\n": [b"one\ntwo"],
    b"\xef\xbb\xbfdata: one\n\n": [b"one"],
    b": hello\n\n:\nevent: x\nid: 1\nretry: 5\ndata: one\n\n": [b"one"],
    b"data\n\ndata:\n\ndatum: two\n\n": [],
    b"data: never ended\n": [],
    "data: Pflaume\u2028blüht\x0b\x85\n\n".encode(): ["Pflaume\u2028blüht\x0b\x85".encode()],
}


@pytest.mark.parametrize(("stream", "events"), STREAMS.items())
def test_events_are_read_as_the_standard_says(stream: bytes, events: list[bytes]) -> None:
    assert EventReader(1000).feed(stream) == events


@settings(deadline=None, database=None)
@given(stream=st.lists(st.sampled_from([*STREAMS, b"\r", b"\n", b"x", b"data: "])).map(b"".join), data=st.data())
def test_cuts_change_nothing(stream: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    reader, whole = EventReader(10_000), EventReader(10_000)
    chunks = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert [event for chunk in chunks for event in reader.feed(chunk)] == whole.feed(stream)


@pytest.mark.parametrize("chunk", [b"x" * 10, b"data: 123456789\n"])
def test_an_event_without_end_is_given_up(chunk: bytes) -> None:
    reader = EventReader(100)
    for _ in range(100 // len(chunk)):
        assert reader.feed(chunk) == []
    with pytest.raises(EventTooLong):
        reader.feed(chunk * 10)


def test_many_events_are_not_one_long_one() -> None:
    reader = EventReader(100)
    assert sum(len(reader.feed(b"data: 1234567890\n\nda") + reader.feed(b"ta: 1\n\n")) for _ in range(100)) == 200


def chunk(content: object = None, finish: object = None, **more: object) -> bytes:
    """The data of one event."""
    return json.dumps({"choices": [{"delta": {"content": content}, "finish_reason": finish}], **more}).encode()


NO_CHUNKS = (b"", b"null", b"{", b"[" * 100_000, b'"text"', b'{"choices": 5}', b'{"choices": [5]}', b'{"usage": 5}')
ODD_CHUNKS = (b'{"choices": [{"delta": 5}]}', b'{"model": 5}', b'{"choices": {"0": 1}}', chunk(5), chunk("", 5))


@pytest.mark.parametrize("data", NO_CHUNKS + ODD_CHUNKS)
def test_what_is_no_chunk_is_malformed(data: bytes) -> None:
    with pytest.raises(NoAnswer) as caught:
        Completion().take(data)
    assert caught.value.failure is Failure.MALFORMED


def keyed(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Objects with the names that a chunk has."""
    names = ("choices", "delta", "content", "usage", "error", "model", "finish_reason", "prompt_tokens")
    return st.dictionaries(st.sampled_from(names), inner)


@settings(deadline=None, database=None)
@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | keyed(inner)))
def test_no_json_breaks_the_reader(value: object) -> None:
    completion = Completion()
    with suppress(NoAnswer):
        completion.take(json.dumps(value).encode())
        completion.conclude()
    assert completion.usage(54, "a-model").prompt_tokens >= 0


def test_half_a_letter_does_no_harm_later() -> None:
    assert Completion().take(b'{"choices": [{"delta": {"content": "a\\ud83cb"}}]}') == "a\ufffdb"


def test_the_limit_counts_bytes_over_all_pieces() -> None:
    completion = Completion()
    assert completion.take(chunk("é" * (LONGEST_TEXT // 2)))
    with pytest.raises(NoAnswer) as caught:
        completion.take(chunk("."))
    assert caught.value.failure is Failure.TOO_LONG


@pytest.mark.parametrize("count", [-1, 1.5, "7", True, None, 2**40])
def test_a_count_that_is_none_is_estimated(count: object) -> None:
    completion = Completion()
    completion.take(chunk("Hello", "stop", usage={"prompt_tokens": 3, "completion_tokens": count}))
    assert completion.usage(54, "a-model") == Usage("a-model", 3, 2)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None), ("", None), ("soon", None), ("nan", None), ("3", 3.0), (" 3 ", 3.0), ("0.5", 0.5), ("-1", 0.0),
        ("600", 600.0), ("601", LONGEST), ("inf", LONGEST), ("9" * 400, LONGEST), ("-inf", 0.0),
        ("Fri, 14 Nov 2025 12:00:30 GMT", 30.0), ("Fri, 14 Nov 2025 11:00:00 GMT", 0.0),
        ("Fri, 14 Nov 2095 12:00:00 GMT", LONGEST), ("Fri, 99 Nov 2025 12:00:00 GMT", None),
    ],
)  # fmt: skip
def test_a_wait_is_read_leniently(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, now=1_763_121_600.0) == seconds
