"""The shapes of requests and answers as JSON Schema, made from what checks the ones and words the others."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, Field, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema
from typing_extensions import TypedDict

from chatterkeep.web.docs.operations import FAMILIES
from chatterkeep.web.docs.socket import SENT
from chatterkeep.web.docs.vocabularies import Json, spell_out
from chatterkeep.web.errorcodes import MEANINGS
from chatterkeep.web.fields import Moment

REFERENCE: Final = "#/components/schemas/{model}"


class ProblemWire(TypedDict):
    """What went wrong, and how to mend it."""

    code: Annotated[str, Field(json_schema_extra={"enum": list(MEANINGS)})]
    message: Annotated[str, Field(description="A sentence for people.")]
    details: Annotated[dict[str, Any] | None, Field(description="Such as the `field` that cannot be used.")]
    hint: Annotated[str, Field(description="A working example, where there is one.")]
    docs_url: Annotated[str, Field(description="Where the code is explained.")]
    timestamp: Moment
    request_id: Annotated[str, Field(description="The same as in the header `X-Request-Id`, and in our log.")]


class ErrorWire(TypedDict):
    """The one shape of every error."""

    error: ProblemWire


class _Schemas(GenerateJsonSchema):
    """Names shapes as clients know them, and makes no default of null: to leave a label out is not to clear it."""

    def normalize_name(self, name: str) -> str:
        return super().normalize_name(name).removesuffix("Wire")

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        found = super().default_schema(schema)
        return found if found.get("default") is not None else {k: v for k, v in found.items() if k != "default"}


def make_schemas() -> dict[str, Json]:
    """Return every shape by its name."""
    kinds: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        *((kind.__name__, "validation", TypeAdapter(kind)) for family in FAMILIES for kind in family.sent),
        *((kind.__name__, "serialization", TypeAdapter(kind)) for family in FAMILIES for kind in family.answered),
        (SENT.__name__, "validation", TypeAdapter(SENT)),
        (ErrorWire.__name__, "serialization", TypeAdapter(ErrorWire)),
    ]
    _, found = TypeAdapter.json_schemas(kinds, ref_template=REFERENCE, schema_generator=_Schemas)
    shapes = {name: {k: v for k, v in shape.items() if k != "title"} for name, shape in found["$defs"].items()}
    spell_out(shapes)
    texts = [(name, what) for family in FAMILIES for name, what in family.texts.items()]
    return shapes | {name: {"type": "string", "description": what} for name, what in texts}


def make_parameters(query: type[BaseModel]) -> list[Json]:
    """Return the parameters of a query. All of them may be left out."""
    found = query.model_json_schema(schema_generator=_Schemas)["properties"]
    return [_parameter(name, dict(shape)) for name, shape in found.items()]


def _parameter(name: str, shape: Json) -> Json:
    description = shape.pop("description")
    # Null has no spelling in an address: what is optional is left out.
    shape |= next((one for one in shape.pop("anyOf", ()) if one["type"] != "null"), {})
    return {"name": name, "in": "query", "description": description, "schema": shape}
