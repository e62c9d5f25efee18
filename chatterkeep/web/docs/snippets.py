"""An example as a request to copy: for curl in a shell, for Python, and for JavaScript in Node and browsers.

Each needs nothing that does not come with its language. `$KEY`, `$ID` and the like stand for what the reader has; a
shell puts them in by itself.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote
from typing import Any, Final

from chatterkeep.web.access import Signer
from chatterkeep.web.docs import signing_snippets as signing
from chatterkeep.web.docs.openapi import JSON
from chatterkeep.web.docs.operation import STORY, Example
from chatterkeep.web.docs.parameters import PLACES, SIGNED
from chatterkeep.web.docs.routes import Route
from chatterkeep.web.requestbody import FORM

_NEXT: Final = " \\\n  "
_SCRIPT_STREAM: Final = (
    "const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();",
    "for (let part = await reader.read(); !part.done; part = await reader.read()) console.log(part.value);",
)
_PYTHON_PARTS: Final = (
    "boundary = uuid.uuid4().hex",
    "head = f'--{boundary}\\r\\nContent-Disposition: form-data; name='",
    "parts = [f'{head}\"{name}\"\\r\\n\\r\\n{value}\\r\\n' for name, value in fields.items()]",
)


@dataclass(frozen=True, slots=True)
class Snippet:
    """A request in one language."""

    language: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """What is sent: `body` holds fields, as a form or as JSON. `streams` tells that the answer comes bit by bit."""

    method: str
    address: str
    headers: dict[str, str]
    body: dict[str, Any] | None
    form: bool
    upload: tuple[str, str] | None
    signer: Signer | None
    streams: bool

    @property
    def media(self) -> str:
        """The type of the body."""
        return FORM if self.form else JSON


def snippets(base: str, route: Route, example: Example) -> tuple[Snippet, ...]:
    """Return the request of an example to a server at `base` in each language."""
    call = _call(base, route, example)
    return (
        Snippet("curl", "curl", curl(call)),
        Snippet("python", "Python", python(call)),
        Snippet("javascript", "JavaScript", javascript(call)),
    )


def curl(call: Call) -> str:
    """Return a line for a shell."""
    address = f'"{call.address}"' if "?" in call.address else call.address
    usual = "POST" if call.body is not None else "GET"
    parts = [address if call.method == usual else f"-X {call.method} {address}"]
    signed = SIGNED[call.signer] if call.signer else {}
    for name, value in (call.headers | signed).items():
        parts.append(f'-H "{name}: {value}"' if "$" in value else f"-H {quote(f'{name}: {value}')}")
    return _NEXT.join([f"curl -s {parts[0]}", *parts[1:], *_data(call)])


def python(call: Call) -> str:
    """Return a program for Python, with its standard library."""
    signed = signing.python(call.signer)
    lines = [*_imports(call, signed.imports), "", f'url = "{call.address}"']
    if call.body is not None:
        lines += [f"fields = {_python_literal(call.body)}", *_python_body(call)]
    media = {"Content-Type": call.media} if call.body is not None and not call.upload else {}
    more = ' | {"Content-Type": f"multipart/form-data; boundary={boundary}"}' if call.upload else signed.headers
    lines += [*signed.lines, f"headers = {_python_literal(call.headers | media)}{more}"]
    body = "body" if call.body is not None else "None"
    lines.append(f'request = Request(url, {body}, headers, method="{call.method}")')
    reading = ("    for line in answer:", '        print(line.decode(), end="")')
    whole = ("    print(answer.read().decode())",)
    return "\n".join([*lines, "with urlopen(request) as answer:", *(reading if call.streams else whole)])


def javascript(call: Call) -> str:
    """Return a module for Node and browsers."""
    signed = signing.javascript(call.signer)
    lines = [f'const url = "{call.address}";']
    if call.body is not None:
        lines += [f"const fields = {_script_literal(call.body)};", *_script_body(call)]
    media = {"Content-Type": call.media} if call.body is not None and not call.upload else {}
    lines += [*signed.lines, f"const headers = {signed.headers.format(_script_literal(call.headers | media))};"]
    options = f'method: "{call.method}", headers' + (", body" if call.body is not None else "")
    lines.append(f"const answer = await fetch(url, {{ {options} }});")
    return "\n".join([*lines, *(_SCRIPT_STREAM if call.streams else ("console.log(await answer.text());",))])


def _call(base: str, route: Route, example: Example) -> Call:
    path = route.path
    for name, place in PLACES.items():
        path = path.replace(f"{{{name}}}", place)
    key = {"Authorization": "Bearer $KEY"} if route.access.kind == "client" else {}
    body = None if example.body is None else {name: _place(value) for name, value in example.body.items()}
    return Call(
        method=route.method,
        address=base + path + _place(f"?{example.query}" if example.query else ""),
        headers={**key, **(example.headers or {})},
        body=body,
        form=example.form,
        upload=example.upload,
        signer=route.access.signer,
        streams=route.operation.media == "text/event-stream",
    )


def _place(value: Any) -> Any:
    if isinstance(value, str):
        for known, place in STORY.items():
            value = value.replace(known, place)
    return value


def _data(call: Call) -> Iterator[str]:
    if call.body is None:
        return
    if call.upload:
        yield from (f"-F {name}={value}" for name, value in call.body.items())
        yield f"-F file=@{call.upload[0]}"
        return
    if call.form:
        yield from (f"--data-urlencode {quote(f'{name}={value}')}" for name, value in call.body.items())
        return
    yield f"-H 'Content-Type: {JSON}'"
    text = quote(json.dumps(call.body))
    for place in STORY.values():
        text = text.replace(place, f"'{place}'")
    yield f"-d {text}"


def _imports(call: Call, more: tuple[str, ...]) -> list[str]:
    plain, named = {*more}, ["from urllib.request import Request, urlopen"]
    if call.upload:
        plain, named = plain | {"uuid"}, ["from pathlib import Path", *named]
    elif call.form:
        named = ["from urllib.parse import urlencode", *named]
    elif call.body is not None:
        plain |= {"json"}
    return [*(f"import {name}" for name in sorted(plain)), *named]


def _python_body(call: Call) -> tuple[str, ...]:
    if call.upload:
        name = call.upload[0]
        return (
            *_PYTHON_PARTS,
            f'parts.append(f\'{{head}}"file"; filename="{name}"\\r\\n\\r\\n\')',
            f'content = Path("{name}").read_bytes()',
            r"body = ''.join(parts).encode() + content + f'\r\n--{boundary}--\r\n'.encode()",
        )
    return (f"body = {'urlencode' if call.form else 'json.dumps'}(fields).encode()",)


def _script_body(call: Call) -> tuple[str, ...]:
    if call.upload:
        name, text = call.upload
        return (
            "const body = new FormData();",
            "for (const [name, value] of Object.entries(fields)) body.append(name, value);",
            f'body.append("file", new Blob([{_script_literal(text)}]), "{name}");',
        )
    made = "new URLSearchParams(fields).toString()" if call.form else "JSON.stringify(fields)"
    return (f"const body = {made};",)


def _python_literal(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{_python_literal(k)}: {_python_literal(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(_python_literal(one) for one in value) + "]"
        case str():
            return json.dumps(value, ensure_ascii=False)
    return repr(value)


def _script_literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
