"""Keeps the audit: entries are added, and read, and nothing else."""

from sqlalchemy import Connection, insert, select

from chatterkeep.domain.audit import Action, Actor, Entry
from chatterkeep.storage.models import AuditRecord


def add(connection: Connection, entry: Entry) -> None:
    """Add one entry."""
    connection.execute(
        insert(AuditRecord).values(
            at=entry.at,
            actor=entry.actor.name,
            action=entry.action.value,
            subject=entry.subject,
            detail=entry.detail,
            request_id=entry.actor.request_id,
        )
    )


def newest(connection: Connection, limit: int) -> tuple[Entry, ...]:
    """Return the last entries, newest first."""
    query = select(AuditRecord.__table__).order_by(AuditRecord.id.desc()).limit(limit)
    return tuple(
        Entry(Actor(row.actor, row.request_id), Action(row.action), row.subject, row.detail, row.at)
        for row in connection.execute(query)
    )
