"""Checks the arguments of tools against JSON schemas (draft 2020-12), by the package `jsonschema`.

It is imported where it is used: it costs 0.1 s, which nobody should pay who declares no tools. References lead nowhere
but into the schema itself, so that no check ever asks the network.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_MOST: Final = 3


def schema_problem(schema: Mapping[str, Any]) -> str | None:
    """Say why this is no JSON schema that can be used; None where it is one."""
    from jsonschema import Draft202012Validator, SchemaError  # noqa: PLC0415 - see above

    if any(not reference.startswith("#") for reference in _references(schema)):
        return "refers to another document; only references that begin with # are followed"
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"is no JSON schema: {error.message[:200]}"
    return None


def argument_problems(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """Say where arguments do not fit a schema: which argument, and which rule. No value is repeated."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - see above
    from referencing import Registry  # noqa: PLC0415

    checker = Draft202012Validator(schema, registry=Registry(), format_checker=Draft202012Validator.FORMAT_CHECKER)
    found = [f"{_place(error.absolute_path)}: {_rule(error)}" for error in checker.iter_errors(arguments)]
    return tuple(found[:_MOST])


def _place(path: Any) -> str:
    return ".".join(str(part)[:64] for part in path) or "arguments"


def _rule(error: Any) -> str:
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return f"needs {', '.join(missing)}"
    return f"breaks {error.validator}: {str(error.validator_value)[:80]}"


def _references(schema: Any) -> Iterator[str]:
    """Yield what a schema refers to, wherever it stands."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key in ("$ref", "$dynamicRef") and isinstance(value, str):
                yield value
            yield from _references(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _references(item)
