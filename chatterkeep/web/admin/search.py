"""The search of staff: messages by their words."""

from flask import render_template, request

from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.search import read_query
from chatterkeep.web import access
from chatterkeep.web.admin import guard
from chatterkeep.web.admin.blueprint import blueprint
from chatterkeep.web.admin.searching import read_mark, refused_search, search_view, typed_query
from chatterkeep.web.context import services


@blueprint.get("/search")
@access.staff("viewer")
def search() -> str | tuple[str, int]:
    """Messages that hold what was typed, newest first; the empty box, where nothing was."""
    now, typed = services().clock(), typed_query(request.args)
    if not typed.strip() or not services().search.on:
        return render_template("admin/search.html", view=search_view(typed, None, None, now, on=services().search.on))
    try:
        query, mark = read_query(typed), read_mark(request.args, typed)
    except InvalidInput as error:
        return render_template("admin/search.html", view=refused_search(typed, error, now)), 422
    found = services().search.find(query, mark, guard.actor(), now)
    return render_template("admin/search.html", view=search_view(typed, found, mark, now))
