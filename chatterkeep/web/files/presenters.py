"""Files as programs read them."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from chatterkeep.domain.files import MAX_SHOWN, Attached
from chatterkeep.services.files import Kept

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class UploadedWire(TypedDict):
    """A file that was taken in."""

    file_id: Annotated[str, Field(description="Names the file in `file_ids` of a message, and at its own address.")]
    session_id: str
    name: Annotated[str, Field(description="The name as it is shown: without what misleads, at most 100 characters.")]
    type: Annotated[str, Field(description="`txt`, `md`, `pdf`, `py`, `js` or `json`.")]
    size: Annotated[int, Field(description="In bytes.")]
    created_at: Moment
    extracted_text: Annotated[str, Field(description=f"The text of the file, at most {MAX_SHOWN:,} characters of it.")]
    extracted_text_truncated: Annotated[bool, Field(description="Whether there is more text than is shown here.")]
    pages: Annotated[int | None, Field(description="Of a PDF.")]


class FileRemovedWire(TypedDict):
    """A file that is deleted."""

    deleted: Literal[True]
    file_id: str


def uploaded_wire(kept: Kept) -> UploadedWire:
    """Word a file for whoever sent it."""
    attached, extract = kept.attached, kept.extract
    return {
        "file_id": attached.file_id,
        "session_id": kept.session_id,
        "name": attached.name,
        "type": attached.kind.value,
        "size": attached.size,
        "created_at": attached.created_at.isoformat(timespec="milliseconds"),
        "extracted_text": extract.text[:MAX_SHOWN],
        "extracted_text_truncated": len(extract.text) > MAX_SHOWN or not extract.complete,
        "pages": extract.pages,
    }


def removed_wire(removed: Attached) -> FileRemovedWire:
    """Word the end of a file."""
    return {"deleted": True, "file_id": removed.file_id}
