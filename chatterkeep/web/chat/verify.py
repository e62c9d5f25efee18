"""`/c/<token>/verify`: the pages on which people prove a number, and the ways to end their links."""

from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chatterkeep.domain.errors import InvalidInput, InvalidText, RateLimited
from chatterkeep.domain.messages import Capability, TokenKind
from chatterkeep.domain.phone import parse_phone
from chatterkeep.domain.proofs import Tried, Verdict
from chatterkeep.domain.waits import spoken_wait
from chatterkeep.web import access, errors, logs
from chatterkeep.web.chat.forms import CodeForm, StartForm
from chatterkeep.web.chat.proving import Means, heard_view, number_view, refusal, verify_view
from chatterkeep.web.context import base_url, services
from chatterkeep.web.limits import limiting

blueprint = Blueprint("verify", __name__)

_TOO_MANY: Final = (Verdict.SPENT, Verdict.LOCKED)


@blueprint.get("/c/<token>/verify")
@access.capability
def ask_number(token: str) -> str:
    """Ask which number is to be proved; the one that was typed stands there already."""
    thread = services().threads.show(_page(token))
    return render_template("chat/number.html", view=number_view(token, thread.phone.spoken if thread.phone else ""))


@blueprint.post("/c/<token>/verify")
@access.capability
def begin(token: str) -> BaseResponse | tuple[str, int]:
    """Begin to prove a number: the one that was typed at first, or the one that is typed now."""
    limiting().request()
    spelling = StartForm().text_of("phone")
    try:
        changed = parse_phone(spelling, services().region) if spelling.strip() else None
        proof = services().proofs.begin(_page(token), services().clock(), changed)
    except InvalidInput as error:
        typed = "" if isinstance(error, InvalidText) else spelling
        return render_template("chat/number.html", view=number_view(token, typed, str(error), error.example)), 422
    return _to_attempt(token, proof)


@blueprint.get("/c/<token>/verify/<proof>")
@access.capability
def show(token: str, proof: str) -> Response:
    """One attempt: both ways to prove the number, and how far it is."""
    return _attempt(token, proof)


@blueprint.post("/c/<token>/verify/<proof>/code")
@access.capability
def send_code(token: str, proof: str) -> BaseResponse:
    """Send a code. The answer is the same whether this number is known to us, or has had too many codes."""
    try:
        limiting().request()
        limiting().code()
        host = urlsplit(base_url()).hostname or ""
        wait = services().proofs.send(_page(token), proof, host, services().clock())
    except (InvalidInput, RateLimited) as error:
        wait = error.retry_after if isinstance(error, RateLimited) else 0
        return _attempt(token, proof, str(error), errors.problem_of(error).status, wait)
    if wait:
        return _attempt(token, proof, f"You can ask for another code in {spoken_wait(wait)}.", 429, wait)
    return _to_attempt(token, proof)


@blueprint.post("/c/<token>/verify/<proof>")
@access.capability
def finish(token: str, proof: str) -> BaseResponse:
    """Compare a code, or look whether one was texted in; then join, and lead to the page's new link."""
    limiting().request()
    typed = CodeForm().text_of("code")
    use, now = services(), services().clock()
    if typed.strip():
        tried = use.proofs.check(_page(token), proof, typed, now)
        if tried.verdict is not Verdict.RIGHT:
            return _refused(token, proof, tried)
    done = use.proofs.finish(_page(token), proof, g.request_id, now, typed)
    if done is None:
        return _attempt(token, proof, "Nothing has come yet. It can take a minute.", 422)
    address = url_for("chat.show_thread", token=done.token)
    return Response(status=204, headers={"HX-Redirect": address}) if _is_htmx() else redirect(address, 303)


@blueprint.get("/c/<token>/verify/<proof>/heard")
@access.capability
def show_heard(token: str, proof: str) -> BaseResponse:
    """Whether the code of the page was texted in. Writes nothing. Without htmx it is the page."""
    if not _is_htmx():
        return _to_attempt(token, proof)
    now = services().clock()
    attempt = services().proofs.show(_page(token), proof, now)
    logs.quietly()
    return make_response(render_template("chat/_heard.html", view=heard_view((token, proof), attempt, now)))


@blueprint.post("/c/<token>/sign-out")
@access.capability
def sign_out(token: str) -> BaseResponse:
    """End this link, or with `where=everywhere` all links and tokens of its session."""
    use, now = services(), services().clock()
    if request.form.get("where") == "everywhere":
        use.links.sign_out_everywhere(_page(token), g.request_id, now)
    else:
        use.links.sign_out(_page(token), g.request_id, now)
    return redirect(url_for("verify.signed_out"), 303)


@blueprint.get("/signed-out")
@access.public
def signed_out() -> str:
    """Where signing out leads."""
    return render_template("chat/signed_out.html", home_url=url_for("chat.show_start"))


def _refused(token: str, proof: str, tried: Tried) -> Response:
    use, now = services(), services().clock()
    attempt = use.proofs.show(_page(token), proof, now)
    wait = attempt.locked_for(now) or max(1, attempt.wait(now))
    too_many = tried.verdict in _TOO_MANY
    return _attempt(token, proof, refusal(tried, attempt, now), 429 if too_many else 422, wait if too_many else 0)


def _attempt(token: str, proof: str, error: str | None = None, status: int = 200, wait: int = 0) -> Response:
    use, now = services(), services().clock()
    attempt = use.proofs.show(_page(token), proof, now)
    means = Means(use.outgoing.available, use.proofs.reaches(attempt.phone), use.proofs.number, use.outgoing.is_logged)
    view = verify_view((token, proof), attempt, means, now, error)
    response = make_response(render_template("chat/verify.html", view=view), status)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _to_attempt(token: str, proof: str) -> BaseResponse:
    return redirect(url_for("verify.show", token=token, proof=proof), 303)


def _is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"


def _page(token: str) -> Capability:
    return Capability(token, TokenKind.PAGE)
