"""What is to be answered: a conversation up to its question, and what else its author may know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from chatterkeep.domain.files import Paper
from chatterkeep.domain.transcript import Line
from chatterkeep.storage.db import Database
from chatterkeep.storage.file_texts import papers_of
from chatterkeep.storage.replies import Stored, talk
from chatterkeep.storage.sessions import context_of

_MOST_LINES: Final = 60
_MOST_TEXT: Final = 400_000
"""Characters of files: no budget in tokens allows more."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What is to be answered: the last of `lines`, in a session of which `context` was told by a client.

    `papers` are the texts of the files there, newest first; `grounds` are what its author is given to rest on.
    `flow` names the flow and its version, since another flow may answer the same question differently.
    """

    session_id: str
    reply_id: str
    flow: str
    lines: Sequence[Line]
    context: Mapping[str, Any]
    papers: Sequence[Paper] = ()
    grounds: Sequence[str] = ()


def matter_of(database: Database, stored: Stored) -> Matter:
    """Return what a reply is to answer. Raises StoreBusy."""
    session_id, data_key = stored.reply.session_id, stored.where.data_key
    with database.read() as connection:
        lines = talk(connection, stored, _MOST_LINES)
        context = context_of(connection, stored.claim.session, session_id, data_key)
        texts = papers_of(connection, data_key, stored.claim.conversation, stored.reply.question_seq, _MOST_TEXT)
    return Matter(session_id, stored.reply.reply_id, f"{stored.flow}@{stored.flow_version}", lines, context, texts)
