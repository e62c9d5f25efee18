"""Files that hang on messages, as programs read them."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from chatterkeep.domain.files import Attached


class AttachmentWire(TypedDict):
    """A file of a message."""

    file_id: str
    name: Annotated[str, Field(description="The name as it is shown: without what misleads, at most 100 characters.")]
    type: Annotated[str, Field(description="`txt`, `md`, `pdf`, `py`, `js` or `json`.")]
    size: Annotated[int, Field(description="In bytes.")]


def attachment_wire(file: Attached) -> AttachmentWire:
    """Word a file."""
    return {"file_id": file.file_id, "name": file.name, "type": file.kind.value, "size": file.size}


def attachments_wire(files: Iterable[Attached]) -> list[AttachmentWire]:
    """Word the files of a message."""
    return [attachment_wire(file) for file in files]
