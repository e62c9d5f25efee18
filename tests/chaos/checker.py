"""Proves, from what clients were told and what is stored, that nothing was lost, doubled or mixed up.

Each rule yields a sentence for each violation. The model answers every question with the question itself.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from chatterkeep.domain.messages import Author
from chatterkeep.domain.replies import ReplyState
from tests.chaos.phones import Message
from tests.chaos.stored import Line, ReplyRow, Stored

Rule = Callable[[Sequence[Message], Stored], Iterator[str]]


def everything_sent_was_taken(told: Sequence[Message], stored: Stored) -> Iterator[str]:
    """Every message was acknowledged in the end, and every reply ended."""
    for message in told:
        if message.acked is None:
            yield f"{message.text!r} was never acknowledged."
        elif message.ended is None:
            yield f"The client who sent {message.text!r} was never told how its reply ended."


def nobody_is_surprised(told: Sequence[Message], stored: Stored) -> Iterator[str]:
    """A client sees good answers and reasons to try again, nothing else."""
    for message in told:
        for surprise in message.surprises:
            yield f"Of {message.text!r} it was said: {surprise}."


def nothing_is_lost(told: Sequence[Message], stored: Stored) -> Iterator[str]:
    """What was acknowledged is stored once, in the place that was told; and nothing is stored that nobody sent."""
    lines = {line.message_id: line.text for line in stored.lines if line.author is Author.CUSTOMER}
    copies = Counter(lines.values())
    for message in told:
        if message.acked and copies[message.text] == 0:
            yield f"{message.text!r} was acknowledged and is not stored."
        elif message.acked and lines.get(message.message_id or "") != message.text:
            yield f"{message.text!r} was acknowledged as {message.message_id}, and something else stands there."
        if copies[message.text] > 1:
            yield f"{message.text!r} is stored {copies[message.text]} times."
    for text in copies.keys() - {message.text for message in told}:
        yield f"{text!r} is stored, and nobody sent it."


def numbers_have_no_gaps(told: Sequence[Message], stored: Stored) -> Iterator[str]:
    """The messages of each conversation are numbered from 1 to its length."""
    seqs = defaultdict(list)
    for line in stored.lines:
        seqs[line.conversation].append(line.seq)
    for conversation, length in stored.lengths.items():
        if seqs[conversation] != list(range(1, length + 1)):
            yield f"Conversation {conversation} of {length} messages has those numbered {seqs[conversation]}."


def every_reply_has_ended(told: Sequence[Message], stored: Stored) -> Iterator[str]:
    """No reply waits or is being written, and nobody holds one; a model that is well leaves none failed."""
    for reply in stored.replies:
        if not reply.state.ended:
            yield f"Reply {reply.reply_id} has not ended: it is {reply.state}."
        elif reply.state is not ReplyState.DONE:
            why = f"{reply.failure}, under fence {reply.fence}"
            yield f"Reply {reply.reply_id} is {reply.state} ({why}), and the model was well."
        if reply.state.ended and (reply.lease_until is not None or reply.partial is not None):
            yield f"Reply {reply.reply_id} has ended and is still held."


def every_question_has_one_reply(told: Sequence[Message], stored: Stored) -> Iterator[str]:
    """The reply that was told of is there, and one attempt at a question is one reply."""
    known = {reply.reply_id for reply in stored.replies}
    for message in told:
        if message.acked and message.reply_id not in known:
            yield f"The reply to {message.text!r} is not stored."
    for (_, seq, attempt), times in Counter(map(_question, stored.replies)).items():
        if times > 1:
            yield f"Attempt {attempt} at question {seq} has {times} replies."


def every_reply_is_one_message(told: Sequence[Message], stored: Stored) -> Iterator[str]:
    """A reply that has ended is one message of the bot, and the bot says nothing else."""
    ends = Counter((reply.conversation, reply.seq) for reply in stored.replies if reply.state.ended)
    said = {(line.conversation, line.seq): line for line in stored.lines if line.author is Author.BOT}
    for place in said.keys() - ends.keys():
        yield f"The bot said {said[place].text!r} at {said[place].message_id}, which no reply ends with."
    for (conversation, seq), times in ends.items():
        if (conversation, seq) not in said:
            yield f"A reply has ended in conversation {conversation} without a message."
        elif times > 1:
            yield f"{times} replies end with the one message {conversation}.{seq}."


def no_answer_is_said_twice(told: Sequence[Message], stored: Stored) -> Iterator[str]:
    """Texts are unique, so no two answers are the same."""
    texts = Counter((line.conversation, line.text) for line in stored.lines if line.author is Author.BOT)
    for (conversation, text), times in texts.items():
        if times > 1:
            yield f"{text!r} was answered {times} times in conversation {conversation}."


def clients_read_what_is_stored(told: Sequence[Message], stored: Stored) -> Iterator[str]:
    """A client's text is, byte for byte, the text of the message that its reply ends with."""
    texts = {(line.conversation, line.seq): line.text for line in stored.lines}
    final = {reply.reply_id: texts.get((reply.conversation, reply.seq or 0)) for reply in stored.replies}
    for message in told:
        if message.ended and final.get(message.reply_id or "") != message.answer:
            yield f"Of {message.text!r} the client was told {message.answer!r}; stored is another text."


def answers_belong_to_their_questions(told: Sequence[Message], stored: Stored) -> Iterator[str]:
    """An answer says all messages of its own burst, and nothing of anybody else."""
    lines = {(line.conversation, line.seq): line for line in stored.lines}
    answered: dict[str, int] = defaultdict(int)
    for reply in sorted(stored.replies, key=_question):
        first, answered[reply.conversation] = answered[reply.conversation] + 1, reply.question_seq
        line = lines.get((reply.conversation, reply.seq or 0))
        burst = [lines.get((reply.conversation, seq)) for seq in range(first, reply.question_seq + 1)]
        if line and reply.state is ReplyState.DONE and line.text != _asked(burst):
            yield f"{_asked(burst)!r} was answered with {line.text!r}."
    asked_in = {message.reply_id: message.message_id for message in told}
    for reply in stored.replies:
        if (asked_in.get(reply.reply_id) or reply.conversation).partition(".")[0] != reply.conversation:
            yield f"Reply {reply.reply_id} was told to a client of another conversation."


def _asked(burst: Sequence[Line | None]) -> str:
    return "\n".join(line.text for line in burst if line and line.author is Author.CUSTOMER)


def _question(reply: ReplyRow) -> tuple[str, int, int]:
    return (reply.conversation, reply.question_seq, reply.attempt)


RULES: Final[tuple[Rule, ...]] = (
    everything_sent_was_taken,
    nobody_is_surprised,
    nothing_is_lost,
    numbers_have_no_gaps,
    every_reply_has_ended,
    every_question_has_one_reply,
    every_reply_is_one_message,
    no_answer_is_said_twice,
    clients_read_what_is_stored,
    answers_belong_to_their_questions,
)


def violations(told: Sequence[Message], stored: Stored) -> list[str]:
    """Return a sentence for each violation of any rule."""
    return [sentence for rule in RULES for sentence in rule(told, stored)]
