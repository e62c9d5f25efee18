"""One shape for every error of every JSON route, with a link that leads somewhere."""

from urllib.parse import urlsplit

import pytest
from flask import Flask

from chatterkeep.domain import errors as domain_errors
from chatterkeep.web.errors import MEANINGS, PAGES
from tests.errors import error_of
from tests.pages import Page

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def json_routes(app: Flask) -> dict[str, set[str]]:
    """The paths of the routes for programs, with the methods they know."""
    found: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] not in (*PAGES, "static"):
            path = rule.rule.replace("<", "").replace(">", "")
            found.setdefault(path, set()).update(rule.methods or set())
    return found


def test_there_are_json_routes(still_app: Flask) -> None:
    assert {"/chat", "/health", "/metrics"} <= set(json_routes(still_app))


def test_a_method_a_route_does_not_know_is_told_in_json(still_app: Flask) -> None:
    for path, known in json_routes(still_app).items():
        for method in set(METHODS) - known:
            answer = still_app.test_client().open(path, method=method)
            error_of(answer, 405, "METHOD_NOT_ALLOWED")
            assert set(answer.headers["Allow"].split(", ")) == known


def test_a_path_below_a_json_route_that_is_not_there_is_told_in_json(still_app: Flask) -> None:
    for path in json_routes(still_app):
        answer = still_app.test_client().get(f"{path}/no/such/thing")
        error_of(answer, 404, "NOT_FOUND")


def test_a_body_that_is_no_json_is_refused_in_json(still_app: Flask) -> None:
    for path, known in json_routes(still_app).items():
        for method in known & {"POST", "PATCH", "PUT"}:
            answer = still_app.test_client().open(path, method=method, data="x", content_type="text/plain")
            assert answer.status_code in (403, 404, 415), f"{method} {path}"
            error_of(answer, answer.status_code, answer.json["error"]["code"])


@pytest.mark.parametrize("code", MEANINGS)
def test_every_code_is_explained_where_the_link_leads(still_app: Flask, code: str) -> None:
    anchor = code.lower().replace("_", "-")
    assert f'id="{anchor}"' in still_app.test_client().get("/docs/errors").text


def test_the_link_of_an_error_leads_to_its_explanation(still_app: Flask) -> None:
    error = error_of(still_app.test_client().post("/chat", json={}), 422, "VALIDATION_ERROR")
    link = urlsplit(error["docs_url"])
    assert f'id="{link.fragment}"' in still_app.test_client().get(link.path).text


def test_every_error_of_ours_has_a_code_that_is_explained() -> None:
    kinds = [kind for kind in vars(domain_errors).values() if isinstance(kind, type)]
    assert {kind.code for kind in kinds if issubclass(kind, domain_errors.ChatterKeepError)} <= set(MEANINGS)


@pytest.mark.parametrize("path", ["/nowhere", "/c/", "/docs/nothing"])
def test_people_are_told_on_a_page(still_app: Flask, path: str) -> None:
    answer = still_app.test_client().get(path)
    assert answer.status_code == 404
    assert Page(answer.text).heading
