"""The staff pages' one blueprint. Each module of pages hangs its views on it."""

from typing import Final

from flask import Blueprint, request

from chatterkeep.domain.documents import MOST_CHARACTERS
from chatterkeep.domain.staff import Role
from chatterkeep.web.admin import guard

_LARGEST_DOCUMENT: Final = 5 * MOST_CHARACTERS
"""Bytes of a form: every character may take four, and there is a frame around them."""

blueprint = Blueprint("admin", __name__, url_prefix="/admin")


@blueprint.before_request
def _admit_documents() -> None:
    """A document may be longer than other bodies. Only `guard.check` begins to read it, once it knows who sends it."""
    if request.endpoint in ("admin.add_knowledge", "admin.edit_knowledge"):
        request.max_content_length = request.max_form_memory_size = _LARGEST_DOCUMENT


blueprint.before_request(guard.check)


@blueprint.context_processor
def _add_member() -> dict[str, object]:
    """Who is logged in, for the head of each page, and whether the audit is theirs to read."""
    member = guard.member()
    return {
        "staff": member.username if member else None,
        "reads_audit": member is not None and member.role.covers(Role.ADMIN),
    }
