"""Files as programs read them."""

from typing import Annotated, Literal

from flask import url_for
from pydantic import Field
from typing_extensions import TypedDict

from chatterkeep.domain.files import MAX_SHOWN, Attached
from chatterkeep.services.files import Kept
from chatterkeep.web.attachments import AttachmentWire, attachment_wire
from chatterkeep.web.fields import Moment, moment


class FileWire(AttachmentWire):
    """A file, without its text. A message names it by `file_id` in its `file_ids`."""

    session_id: str
    created_at: Moment
    content_url: Annotated[str, Field(description="The path of its bytes.")]


class UploadedWire(FileWire):
    """A file that was taken in."""

    extracted_text: Annotated[str, Field(description=f"The text of the file, at most {MAX_SHOWN:,} characters of it.")]
    extracted_text_truncated: Annotated[bool, Field(description="Whether there is more text than is shown here.")]
    pages: Annotated[int | None, Field(description="Of a PDF.")]


class KnownFileWire(FileWire):
    """A file that is there."""

    extracted_characters: Annotated[int, Field(description="How long the text is that the model reads.")]
    message_id: Annotated[str | None, Field(description="The message it was sent with; null: none yet.")]


class FileRemovedWire(TypedDict):
    """A file that is deleted."""

    deleted: Literal[True]
    file_id: str


def uploaded_wire(kept: Kept) -> UploadedWire:
    """Word a file for whoever sent it."""
    extract = kept.extract
    return {
        **_file(kept),
        "extracted_text": extract.text[:MAX_SHOWN],
        "extracted_text_truncated": len(extract.text) > MAX_SHOWN or not extract.complete,
        "pages": extract.pages,
    }


def known_file_wire(kept: Kept) -> KnownFileWire:
    """Word what is known of a file."""
    return {**_file(kept), "extracted_characters": len(kept.extract.text), "message_id": kept.message_id}


def removed_wire(removed: Attached) -> FileRemovedWire:
    """Word the end of a file."""
    return {"deleted": True, "file_id": removed.file_id}


def _file(kept: Kept) -> FileWire:
    attached = kept.attached
    return {
        **attachment_wire(attached),
        "session_id": kept.session_id,
        "created_at": moment(attached.created_at),
        "content_url": url_for("files.download", file_id=attached.file_id),
    }
