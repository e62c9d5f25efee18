"""Reads an OpenAPI document, and holds answers against it."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Documented:
    """An operation of the document."""

    method: str
    path: str
    facts: Json

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def sends(self) -> bool:
        return "requestBody" in self.facts


@dataclass(frozen=True, slots=True)
class Described:
    """A document."""

    document: Json

    def __iter__(self) -> Iterator[Documented]:
        """Every operation that is answered."""
        return (one for one in self.all() if "x-websocket" not in one.facts)

    def all(self) -> Iterator[Documented]:
        """Every operation, that of the socket too."""
        for path, methods in self.document["paths"].items():
            for method, facts in methods.items():
                yield Documented(method.upper(), path, facts)

    def operation(self, method: str, path: str) -> Documented:
        """The operation with a method, and a path as it is called."""
        parts = path.partition("?")[0].split("/")
        for one in self:
            wanted = one.path.split("/")
            same = len(parts) == len(wanted) and all(w == p or w[:1] == "{" for w, p in zip(wanted, parts, strict=True))
            if same and one.method == method:
                return one
        raise AssertionError(f"{method} {path} is not documented")

    def check(self, one: Documented, answer: TestResponse) -> None:
        """Fail unless an answer is one of those documented, down to the last field and header."""
        told = one.facts["responses"]
        assert str(answer.status_code) in told, f"{one.name} answers {answer.status_code}: {answer.text}"
        response = told[str(answer.status_code)]
        assert list(response["content"]) == [answer.mimetype]
        assert "X-Request-Id" in answer.headers
        for name in ("Location", "Retry-After", "WWW-Authenticate", "Idempotent-Replayed", "Preference-Applied"):
            assert name not in answer.headers or name in response["headers"], f"{one.name} sends {name}"
        content = answer.json if answer.is_json else answer.text
        self.validate(response["content"][answer.mimetype]["schema"], content)
        if answer.status_code >= 400 and answer.json and "error" in answer.json:
            assert answer.json["error"]["code"] in response["content"][answer.mimetype]["examples"]

    def validate(self, schema: Json, value: Any) -> None:
        """Hold a value against a schema of the document. A field that the schema does not know is wrong too."""
        root = {**schema, "components": _closed(self.document["components"])}
        Draft202012Validator(root, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


def _closed(part: Any) -> Any:
    part = deepcopy(part)
    for shape in part["schemas"].values():
        if "properties" in shape:
            shape["additionalProperties"] = False
    return part
