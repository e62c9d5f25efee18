"""What programs send with a file."""

from pydantic import Field

from chatterkeep.domain.files import ACCEPTED
from chatterkeep.web.fields import Fields


class UploadFields(Fields):
    """A file for a session, as the parts of multipart/form-data."""

    session_id: str = Field(description="The session it is for.")
    file: bytes = Field(
        description=f"The file, with its name: {ACCEPTED}, at most 10 MiB; text in UTF-8.",
        json_schema_extra={"format": "binary"},
    )
