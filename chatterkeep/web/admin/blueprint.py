"""The staff pages' one blueprint. Each module of pages hangs its views on it."""

from flask import Blueprint

from chatterkeep.domain.staff import Role
from chatterkeep.web.admin import guard

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
blueprint.before_request(guard.check)


@blueprint.context_processor
def _add_member() -> dict[str, object]:
    """Who is logged in, for the head of each page, and whether the audit is theirs to read."""
    member = guard.member()
    return {
        "staff": member.username if member else None,
        "reads_audit": member is not None and member.role.covers(Role.ADMIN),
    }
