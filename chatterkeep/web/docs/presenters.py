"""The page of the API: each operation in words, as a request to copy, and as a form to try it with."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from chatterkeep.web.access import Access
from chatterkeep.web.chat.payload import VOCABULARIES, Vocabulary
from chatterkeep.web.docs.openapi import JSON, parameters
from chatterkeep.web.docs.operation import Example
from chatterkeep.web.docs.routes import Route, problems
from chatterkeep.web.docs.snippets import Snippet, snippets
from chatterkeep.web.docs.trying import WAITS, Sent, Trial
from chatterkeep.web.docs.vocabularies import Json
from chatterkeep.web.requestbody import FORM


@dataclass(frozen=True, slots=True)
class FieldView:
    """Something a caller may send, and where."""

    name: str
    where: str
    what: str


@dataclass(frozen=True, slots=True)
class ExampleView:
    """A request to copy, and its answer."""

    title: str
    snippets: tuple[Snippet, ...]
    status: int
    answer: str
    body: str | None
    media: str


@dataclass(frozen=True, slots=True)
class OperationView:
    """One operation."""

    anchor: str
    name: str
    method: str
    path: str
    target: str
    purpose: str
    access: Access
    fields: tuple[FieldView, ...]
    headers: tuple[str, ...]
    examples: tuple[ExampleView, ...]
    errors: tuple[tuple[int, str], ...]
    uploads: bool


@dataclass(frozen=True, slots=True)
class ApiView:
    """The page. `is_open` tells that no key is asked for."""

    base: str
    is_open: bool
    groups: tuple[tuple[str, tuple[OperationView, ...]], ...]


@dataclass(frozen=True, slots=True)
class TrialView:
    """The page to try the webhook on: what is filled in, and how it went, if it was sent."""

    trial: Trial
    sent: Sent | None
    is_open: bool
    vocabularies: tuple[Vocabulary, ...] = VOCABULARIES
    media: tuple[str, ...] = (JSON, FORM)
    waits: tuple[int, ...] = WAITS


def api_view(routes: tuple[Route, ...], schemas: dict[str, Json], base: str, is_open: bool) -> ApiView:
    """Word the page for a server that is reached at `base`."""
    grouped = groupby(routes, lambda route: route.operation.group)
    groups = ((name, tuple(_operation(route, schemas, base) for route in some)) for name, some in grouped)
    return ApiView(base, is_open, tuple(groups))


def _operation(route: Route, schemas: dict[str, Json], base: str) -> OperationView:
    operation = route.operation
    usual = [one for one in operation.examples if one.status < 400]
    beside = parameters(route)
    return OperationView(
        anchor=operation.endpoint.rpartition(".")[2].replace("_", "-"),
        name=operation.name,
        method=route.method,
        path=route.path,
        target=route.path + (f"?{usual[0].query}" if usual[0].query else ""),
        purpose=route.purpose,
        access=route.access,
        fields=tuple(_fields(route, beside, schemas)),
        headers=tuple(one["name"] for one in beside if one["in"] == "header"),
        examples=tuple(_example(base, route, one) for one in usual),
        errors=tuple((status, code) for status, codes in problems(route).items() for code in codes),
        uploads=operation.upload,
    )


def _fields(route: Route, beside: list[Json], schemas: dict[str, Json]) -> Iterator[FieldView]:
    for one in beside:
        yield FieldView(one["name"], one["in"], one["description"])
    told = set[str]()
    for shape in (schemas[name] for name in route.operation.fields):
        for name, field in shape["properties"].items():
            if name not in told:
                yield FieldView(name, "body" if name in shape.get("required", ()) else "body, optional", _what(field))
            told.add(name)


def _what(field: Json) -> str:
    shapes = [field, *field.get("anyOf", ())]
    choices = " or ".join(f"`{choice}`" for shape in shapes for choice in shape.get("enum", ()))
    return f"{choices}. {field['description']}" if choices else str(field["description"])


def _example(base: str, route: Route, example: Example) -> ExampleView:
    answer = example.answer if isinstance(example.answer, str) else json.dumps(example.answer, indent=2)
    if example.form and example.body is not None:
        body: str | None = "\n".join(f"{name}={value}" for name, value in example.body.items())
    else:
        body = json.dumps(example.body, indent=2) if example.body is not None else None
    media = FORM if example.form else JSON
    return ExampleView(example.title, snippets(base, route, example), example.status, answer, body, media)
