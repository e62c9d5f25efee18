"""What staff read: the list of conversations, and one conversation. Every look leaves its line in the audit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from chatterkeep.domain.audit import Action, Actor, Entry
from chatterkeep.domain.errors import NotFound
from chatterkeep.domain.flow import Flow
from chatterkeep.domain.inbox import Case, Change, Filters, Page, Part, Step, Transcript
from chatterkeep.domain.phone import PhoneNumber
from chatterkeep.storage import audit
from chatterkeep.storage.cases import find_case, find_changes, find_lines, find_siblings
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.file_texts import with_files
from chatterkeep.storage.inbox import find_items

PAGE: Final = 50
"""How many conversations a page of the list shows."""

LINES: Final = 200
"""How many messages a page of one conversation shows."""

_SHOWN: Final = 200
"""How many changes of state, and other conversations, are shown beside the messages."""


class History:
    """Reads conversations for staff."""

    def __init__(self, database: Database, vault: Vault, flows: Mapping[str, Flow]) -> None:
        self._database = database
        self._vault = vault
        self._flows = flows

    def browse(self, filters: Filters, step: Step | None, reader: Actor, now: datetime) -> Page:
        """Return a page of conversations, newest first. A step to the newest ones gives a full first page.

        The audit keeps which filters were used, not what was looked for. Raises StoreBusy.
        """
        page = self._page(filters, step)
        if step and step.newer and not page.newer:
            page = self._page(filters, None)
        self._record(Entry(reader, Action.LISTED, "", ", ".join(filters.in_use), now))
        return page

    def read(self, conversation_id: str, part: Part, reader: Actor, now: datetime) -> Transcript:
        """Return one conversation with a part of its messages. Raises NotFound or StoreBusy."""
        with self._database.read() as connection:
            found = find_case(connection, self._vault, conversation_id)
            if found is None:
                raise NotFound("conversation")
            lines = find_lines(connection, found, part, LINES)
            lines = with_files(connection, found.session, found.data_key, lines)
            changes = find_changes(connection, found, _SHOWN)
            siblings = find_siblings(connection, found, _SHOWN)
        self._record(Entry(reader, Action.READ, conversation_id, "", now))
        return Transcript(
            case=found.case,
            lines=tuple(lines),
            changes=self._path(found.case, changes),
            siblings=tuple(siblings),
            earlier=bool(lines) and lines[0].position.seq > 1,
            later=bool(lines) and lines[-1].position.seq < found.case.count,
        )

    def reveal(self, conversation_id: str, reader: Actor, now: datetime) -> PhoneNumber:
        """Return the whole number of a conversation's person. Raises NotFound (no number either) or StoreBusy."""
        phone = self._case(conversation_id).who.phone
        if phone is None:
            raise NotFound("conversation")
        self._record(Entry(reader, Action.REVEALED, conversation_id, "", now))
        return phone

    def session_of(self, conversation_id: str) -> str:
        """Return the id of the session that a conversation belongs to. Raises NotFound."""
        return self._case(conversation_id).session_id

    def _case(self, conversation_id: str) -> Case:
        with self._database.read() as connection:
            found = find_case(connection, self._vault, conversation_id)
        if found is None:
            raise NotFound("conversation")
        return found.case

    def _page(self, filters: Filters, step: Step | None) -> Page:
        with self._database.read() as connection:
            items = find_items(connection, self._vault, filters, step, PAGE + 1)
        if step and step.newer:
            return Page(tuple(items[-PAGE:]), older=True, newer=len(items) > PAGE)
        return Page(tuple(items[:PAGE]), older=len(items) > PAGE, newer=step is not None)

    def _path(self, case: Case, changes: Sequence[Change]) -> tuple[Change, ...]:
        """Put the state that the flow starts in before the others, if the first message led out of it at once."""
        flow = self._flows.get(case.flow)
        if flow and changes and changes[0].seq == 1 and changes[0].state != flow.start:
            return (Change(flow.start, 1, case.created_at), *changes)
        return tuple(changes)

    def _record(self, entry: Entry) -> None:
        with self._database.write() as connection:
            audit.add(connection, self._vault, entry)
