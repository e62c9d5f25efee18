"""A15: no text in any parameter becomes a part of a query, a pattern or a path: no crash, no leak, nothing changed.

The parameters are found, not listed: those of addresses in the URL map, those of JSON in the OpenAPI document, and
the names of queries and forms in the templates and in the code of the pages.
"""

import itertools
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatterkeep.domain.messages import TokenKind
from chatterkeep.web.access import access_of
from chatterkeep.web.errors import PAGES
from tests.injections import INJECTIONS, TYPED
from tests.source import PACKAGE, TEMPLATES
from tests.web.docs.described import Described, Documented
from tests.web.docs.test_refusals import OPENED, SENT
from tests.web.matrix.conftest import Stage, stage
from tests.web.matrix.people import Person, leaked

__all__ = ["stage"]

EACH = 12
"""How many texts a parameter gets. They go on where the last one stopped, so that all are used."""

_corpus = itertools.cycle(INJECTIONS)
_TELLTALE = re.compile(r"Traceback|sqlite3?\.|psycopg|SQLSTATE|syntax error|no such (?:table|column)|/site-packages/")
_READ = re.compile(
    r"""
      (?: args | form | query | typed ) \b [^\n"]{0,8} [(\[] "(\w+)"  # request.args.get("after")
    | text_of\( "(\w+)" \)                                        # form.text_of("text")
    | ^[ ]{4} (\w+) (?: :[ ]str )? [ ]=[ ] (?: "" | \w+Field\( )    # phone = StringField(), status: str = ""
    """,
    re.MULTILINE | re.VERBOSE,
)
HTMX = {"HX-Request": "true"}


def test_the_corpus_is_large() -> None:
    assert len(set(INJECTIONS)) >= 500


def test_no_part_of_an_address_is_more_than_a_text(stage: Stage) -> None:
    person, wrong = stage.world.caller, []
    own = {
        "token": person.page,
        "session_id": person.session_ids[TokenKind.API],
        "reply_id": person.reply_ids[TokenKind.API],
    }
    before = stage.stored()
    for rule in stage.app.url_map.iter_rules():
        client, headers = _admin(stage, rule.rule)
        for name in rule.arguments:
            for text in itertools.islice(_corpus, EACH):
                path = _filled(rule.rule, {**own, name: text})
                for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}:
                    answer = client.open(path, method=method, headers=headers | HTMX)
                    wrong += _problems(answer, f"{method} {rule.rule}: {name}={text!r}")
                    if answer.status_code < 400 and answer.status_code != 308 and name != "client_id":
                        wrong.append(f"{method} {rule.rule}: {name}={text!r} was found: {answer.status_code}")
    assert wrong == [], "\n".join(wrong)
    assert stage.stored() == before


def test_no_field_of_the_api_is_more_than_a_text(stage: Stage) -> None:
    client, headers = _admin(stage, "/sessions")
    described, wrong = Described(client.get("/openapi.json").json), []
    for one in described:
        for kind, name in _parameters(described, one):
            for value in (*itertools.islice(_corpus, EACH), *(TYPED if kind == "body" else ())):
                answer = _asked(stage, client, headers, one, {kind: {name: value}})
                wrong += _problems(answer, f"{one.name}: {kind} {name}={value!r}")
    assert wrong == [], "\n".join(wrong)


def test_no_field_of_a_page_is_more_than_a_text(stage: Stage) -> None:
    names, wrong = sorted(_names()), []
    assert {"phone", "text", "key", "after", "before", "username", "next", "state", "since"} <= set(names)
    for rule in stage.app.url_map.iter_rules():
        access = access_of(stage.app, rule.endpoint)
        if access is None or rule.endpoint.partition(".")[0] not in PAGES or set(rule.arguments) - {"token"}:
            continue
        stage.world.mend()
        client, headers = _admin(stage, rule.rule)
        path = rule.rule.replace("<token>", stage.world.caller.page)
        others = () if access.kind == "staff" else (stage.world.other,)
        if "GET" in (rule.methods or ()):
            for name in names:
                for text in itertools.islice(_corpus, 3):
                    answer = client.get(path, query_string={name: text}, headers=headers)
                    wrong += _problems(answer, f"GET {rule.rule}: {name}={text!r}", others)
            continue
        for text in itertools.islice(_corpus, 6):
            stage.world.clock.forward(hours=2)  # wrong passwords lock accounts for a while
            client, headers = _admin(stage, rule.rule)
            token = {"csrf_token": stage.desks["admin", False].token()} if access.kind == "staff" else {}
            answer = client.post(path, data=dict.fromkeys(names, text) | token, headers=headers)
            wrong += _problems(answer, f"POST {rule.rule}: all={text!r}")
    assert wrong == [], "\n".join(wrong)


def _admin(stage: Stage, path: str) -> tuple[FlaskClient, dict[str, str]]:
    """Whoever gets furthest: an administrator on the pages for staff, elsewhere a key that may do everything."""
    if path.startswith("/admin"):
        return stage.client_of(stage.identities["staff: admin"]()), {}
    return stage.app.test_client(), stage.identities["a key for admin"]().headers


def _problems(answer: TestResponse, where: str, others: tuple[Person, ...] = ()) -> Iterator[str]:
    body = answer.get_data(as_text=True)
    if answer.status_code >= 500:
        yield f"{where} crashed: {answer.status_code}"
    if found := _TELLTALE.search(body):
        yield f"{where} tells {found[0]!r}"
    if "Injected" in answer.headers or any("x=1" in cookie for cookie in answer.headers.getlist("Set-Cookie")):
        yield f"{where} makes a header"
    if words := leaked(others, body, ""):
        yield f"{where} shows {words}"


def _parameters(described: Described, one: Documented) -> Iterator[tuple[str, str]]:
    components = described.document["components"]
    for told in one.facts["parameters"]:
        found = components["parameters"][told["$ref"].rpartition("/")[2]] if "$ref" in told else told
        yield found["in"], found["name"]
    for media in one.facts.get("requestBody", {}).get("content", {}).values():
        for shape in media["schema"].get("anyOf", [media["schema"]]):
            yield from (
                ("body", name) for name in components["schemas"][shape["$ref"].rpartition("/")[2]]["properties"]
            )
        return


def _asked(
    stage: Stage, client: FlaskClient, headers: dict[str, str], one: Documented, changes: dict[str, dict[str, Any]]
) -> TestResponse:
    """A call that would succeed but for one of its parameters."""
    person = stage.world.caller
    own = {"session_id": person.session_ids[TokenKind.API], "reply_id": person.reply_ids[TokenKind.API]}
    values = {**own, **changes.get("path", {})}
    path = _filled(one.path, {name: str(value) for name, value in values.items()})
    more = {name: re.sub(r"[\r\n]", " ", str(value)) for name, value in changes.get("header", {}).items()}
    body = {name: own["session_id"] if v == OPENED else v for name, v in SENT.get(one.name, {}).items()}
    options = {"json": {**body, **changes.get("body", {})}} if one.sends else {}
    sent = {name: value.encode("utf-8").decode("latin-1") for name, value in (headers | more).items()}
    return client.open(path, method=one.method, headers=sent, query_string=changes.get("query"), **options)


def _filled(path: str, values: dict[str, str]) -> str:
    return re.sub(r"[<{](?:\w+:)?(\w+)[>}]", lambda found: quote(values.get(found[1], "x"), safe=""), path)


def _names() -> set[str]:
    """Every name of a query or a form, in the templates and in the code of the pages."""
    shown = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    code = "".join(path.read_text() for path in (PACKAGE / "web").rglob("*.py"))
    return set(re.findall(r'name="(\w+)"', shown)) | {name for found in _READ.findall(code) for name in found if name}
