"""The statements that store a turn."""

from typing import Any, Final

from sqlalchemy import bindparam, insert, update

from chatterkeep.storage.models import AddressRecord, ConversationRecord, MessageRecord, SessionRecord
from chatterkeep.storage.statements import Statement


def _row_of(table: type[Any], *names: str) -> Any:
    return insert(table).values({name: bindparam(name) for name in names})


ADD_SESSION: Final = Statement(
    _row_of(SessionRecord, "public_id", "data_key", "channel", "last_number", "created_at").returning(SessionRecord.id)
)
ADD_ADDRESS: Final = Statement(
    _row_of(
        AddressRecord,
        "session_id",
        "channel",
        "lookup",
        "pepper_version",
        "ciphertext",
        "created_at",
        "proved_at",
    )
)
NEXT_NUMBER: Final = Statement(
    update(SessionRecord)
    .where(
        SessionRecord.id == bindparam("session"),
        SessionRecord.last_number == bindparam("seen"),
        SessionRecord.data_key == bindparam("wrapped"),
    )
    .values(last_number=bindparam("number"))
)
ADD_CONVERSATION: Final = Statement(
    _row_of(
        ConversationRecord,
        *(
            "session_id",
            "public_id",
            "number",
            "version",
            "flow",
            "flow_version",
            "state",
            "status",
            "owner",
        ),
        *("answers", "last_seq", "created_at", "last_message_at"),
    ).returning(ConversationRecord.id)
)
MOVE: Final = Statement(
    update(ConversationRecord)
    .where(ConversationRecord.id == bindparam("row"), ConversationRecord.version == bindparam("seen"))
    .values(
        version=bindparam("version"),
        state=bindparam("state"),
        status=bindparam("status"),
        answers=bindparam("answers"),
        owner=bindparam("owner"),
        last_seq=bindparam("last_seq"),
        last_message_at=bindparam("last_message_at"),
    )
)
RENUMBER: Final = Statement(
    update(ConversationRecord).where(ConversationRecord.id == bindparam("row")).values(number=bindparam("place"))
)
END: Final = Statement(
    update(ConversationRecord)
    .where(ConversationRecord.id == bindparam("row"), ConversationRecord.version == bindparam("seen"))
    .values(version=bindparam("version"), status=bindparam("status"))
)
_MESSAGE: Final = ("conversation_id", "seq", "author", "kind", "state", "body", "created_at")
ADD_MESSAGE: Final = Statement(_row_of(MessageRecord, *_MESSAGE))
ADD_ANSWER: Final = Statement(_row_of(MessageRecord, *_MESSAGE, "basis"))
