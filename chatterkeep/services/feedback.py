"""Takes what readers think of answers."""

from chatterkeep.domain.errors import InvalidInput, NotFound
from chatterkeep.domain.feedback import Feedback, may_be_judged
from chatterkeep.domain.messages import Kind
from chatterkeep.domain.transcript import Position
from chatterkeep.services.measures import FEEDBACK
from chatterkeep.storage.conversations import hold
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.feedback import forget_feedback, keep_feedback, message_at


class Opinions:
    """Keeps one word of its reader for each message of the bot or of a person who answers: the last one."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def give(self, conversation_id: str, seq: int, session_id: str | None, feedback: Feedback | None) -> Position:
        """Keep what is thought of a message, in place of what was thought before; None takes it back. Return its place.

        `session_id` is the session that the caller may touch, or None for callers that may touch any.
        Raises NotFound (no such message, or not theirs), and InvalidInput for one that nobody answered with.
        """
        with self._database.write() as connection:
            held = hold(connection, self._vault, conversation_id, session_id)
            found = message_at(connection, held.row, seq) if held else None
            if held is None or found is None or found[1] is Kind.NOTE:
                raise NotFound("message")
            if not may_be_judged(*found):
                raise InvalidInput(
                    "message_id", "Only what the bot or a person answered can be judged.", "Name an answer."
                )
            if feedback is None:
                forget_feedback(connection, held.row, seq)
            else:
                keep_feedback(connection, held.data_key, held.row, (held.conversation_id, seq), feedback)
        FEEDBACK.labels("withdrawn" if feedback is None else feedback.verdict.value).inc()
        return Position(held.number, seq)
