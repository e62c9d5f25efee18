"""Files that are sent with messages: `/api/v1/files`."""

from typing import Final

from chatterkeep.web.docs.operation import SESSION_ID, Example, Family, Operation
from chatterkeep.web.files.payload import UploadFields
from chatterkeep.web.files.presenters import FileRemovedWire, FileWire, KnownFileWire, UploadedWire

_GROUP: Final = "Files"
_FILE: Final = "6b8b4567-327b-43c6-a43c-9869f6e25a4d"
_TEXT: Final = "Cats say meow.\n"

_KEPT: Final[FileWire] = {
    "file_id": _FILE,
    "name": "cats.txt",
    "type": "txt",
    "size": 15,
    "session_id": SESSION_ID,
    "created_at": "2026-03-14T15:09:26.535+00:00",
    "content_url": f"/api/v1/files/{_FILE}/content",
}
_UPLOADED: Final[UploadedWire] = {
    **_KEPT,
    "extracted_text": _TEXT,
    "extracted_text_truncated": False,
    "pages": None,
}
_KNOWN: Final[KnownFileWire] = {**_KEPT, "extracted_characters": 15, "message_id": None}
_REMOVED: Final[FileRemovedWire] = {"deleted": True, "file_id": _FILE}

_OPERATIONS: Final = (
    Operation(
        endpoint="files.upload",
        name="Send a file",
        group=_GROUP,
        answers={201: ("Uploaded",)},
        fields=("UploadFields",),
        upload=True,
        limited=True,
        missing=("SESSION_NOT_FOUND", "NOT_FOUND"),
        more="Name it in `file_ids` of a message within a day; else it is deleted. A PDF is read up to 1,000 pages.",
        examples=(Example(status=201, body={"session_id": SESSION_ID}, upload=("cats.txt", _TEXT), answer=_UPLOADED),),
    ),
    Operation(
        endpoint="files.show_file",
        name="Read a file's facts",
        group=_GROUP,
        answers={200: ("KnownFile",)},
        examples=(Example(answer=_KNOWN),),
    ),
    Operation(
        endpoint="files.download",
        name="Take a file along",
        group=_GROUP,
        answers={200: ("Bytes",)},
        media="application/octet-stream",
        marks=("Content-Disposition",),
        examples=(Example(answer=_TEXT),),
    ),
    Operation(
        endpoint="files.remove",
        name="Delete a file",
        group=_GROUP,
        answers={200: ("FileRemoved",)},
        limited=True,
        examples=(Example(answer=_REMOVED),),
    ),
)

FILES: Final = Family(
    operations=_OPERATIONS,
    sent=(UploadFields,),
    answered=(UploadedWire, KnownFileWire, FileRemovedWire),
    texts={"Bytes": "The file as it was sent: always an attachment, never to be shown."},
)
