"""The audit as administrators see it: newest first, filtered as the address says, and as a file for a spreadsheet."""

from flask import Response, render_template, request

from chatterkeep.domain.audit import Slice
from chatterkeep.domain.errors import InvalidInput
from chatterkeep.web import access
from chatterkeep.web.admin import guard
from chatterkeep.web.admin.blueprint import blueprint
from chatterkeep.web.admin.filters import read_number
from chatterkeep.web.admin.ledger import audit_view, csv_lines, read_audit_filters, typed_audit_filters
from chatterkeep.web.context import services


@blueprint.get("/audit")
@access.staff("admin")
def audit() -> str | tuple[str, int]:
    """A page of entries."""
    now, typed = services().clock(), typed_audit_filters(request.args)
    try:
        sought, step = read_audit_filters(typed), read_number(request.args)
    except InvalidInput as error:
        view = audit_view(Slice((), older=False, newer=False), typed, error, now)
        return render_template("admin/audit.html", view=view), 422
    page = services().audit.browse(sought, guard.actor(), now, before=step.get("before"), after=step.get("after"))
    return render_template("admin/audit.html", view=audit_view(page, typed, None, now))


@blueprint.get("/audit.csv")
@access.staff("admin")
def export_audit() -> Response:
    """All entries that the filters let through, sent as they are read. Raises InvalidInput."""
    sought = read_audit_filters(typed_audit_filters(request.args))
    entries = services().audit.export(sought, guard.actor(), services().clock())
    response = Response(csv_lines(entries), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="chatterkeep-audit.csv"'
    return response
