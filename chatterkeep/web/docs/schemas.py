"""The shapes of requests and answers as JSON Schema, made from what checks the ones and words the others."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, Field, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema
from typing_extensions import TypedDict

from chatterkeep.web.api.payload import AskFields, SayFields, StartFields
from chatterkeep.web.api.presenters import ContextWire, SentWire, StartedWire, TicketWire
from chatterkeep.web.chat.payload import VOCABULARIES, PostedFields, Vocabulary
from chatterkeep.web.chat.webhook import OutcomeWire, PendingWire, ReplyWire, UnfinishedWire
from chatterkeep.web.errorcodes import MEANINGS
from chatterkeep.web.health import AliveWire, HealthWire
from chatterkeep.web.sessions.payload import LabelFields, MessageFields, OpeningFields
from chatterkeep.web.sessions.presenters import Instant, OpenedWire, PageWire, SessionWire

Json = dict[str, Any]

REFERENCE: Final = "#/components/schemas/{model}"


class ProblemWire(TypedDict):
    """What went wrong, and how to mend it."""

    code: Annotated[str, Field(json_schema_extra={"enum": list(MEANINGS)})]
    message: Annotated[str, Field(description="A sentence for people.")]
    details: Annotated[dict[str, Any] | None, Field(description="Such as the `field` that cannot be used.")]
    hint: Annotated[str, Field(description="A working example, where there is one.")]
    docs_url: Annotated[str, Field(description="Where the code is explained.")]
    timestamp: Instant
    request_id: Annotated[str, Field(description="The same as in the header `X-Request-Id`, and in our log.")]


class ErrorWire(TypedDict):
    """The one shape of every error."""

    error: ProblemWire


_SENT: Final = (PostedFields, OpeningFields, MessageFields, LabelFields, StartFields, SayFields, AskFields)
_ANSWERED: Final = (
    *(OutcomeWire, PendingWire, ReplyWire, UnfinishedWire),
    *(SessionWire, OpenedWire, PageWire),
    *(StartedWire, ContextWire, TicketWire, SentWire),
    *(AliveWire, HealthWire, ErrorWire),
)
_TEXTS: Final = {
    "Metrics": "Samples in the text format of Prometheus.",
    "Events": "Server-sent events; each `data` is an object of JSON.",
}


class _Schemas(GenerateJsonSchema):
    """Names shapes as clients know them, and makes no default of null: to leave a label out is not to clear it."""

    def normalize_name(self, name: str) -> str:
        return super().normalize_name(name).removesuffix("Wire")

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        found = super().default_schema(schema)
        return found if found.get("default") is not None else {k: v for k, v in found.items() if k != "default"}


def shape_of(prefix: str, words: Vocabulary) -> str:
    """Return the name of a shape in a vocabulary, such as `ChatUserPhone`."""
    return prefix + "".join(part.capitalize() for part in words.phone.split("_"))


def make_schemas() -> dict[str, Json]:
    """Return every shape by its name."""
    kinds: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        *((kind.__name__, "validation", TypeAdapter(kind)) for kind in _SENT),
        *((kind.__name__, "serialization", TypeAdapter(kind)) for kind in _ANSWERED),
    ]
    _, found = TypeAdapter.json_schemas(kinds, ref_template=REFERENCE, schema_generator=_Schemas)
    shapes = {name: {k: v for k, v in shape.items() if k != "title"} for name, shape in found["$defs"].items()}
    fields, outcome, pending = (shapes.pop(name) for name in ("PostedFields", "Outcome", "Pending"))
    for words in VOCABULARIES:
        shapes[shape_of("Chat", words)] = _posted(fields, words)
        shapes[shape_of("Reply", words)] = _told(outcome, words, words.reply)
        shapes[shape_of("Pending", words)] = _told(pending, words)
    return shapes | {name: {"type": "string", "description": what} for name, what in _TEXTS.items()}


def make_parameters(query: type[BaseModel]) -> list[Json]:
    """Return the parameters of a query. All of them may be left out."""
    found = query.model_json_schema(schema_generator=_Schemas)["properties"]
    return [_parameter(name, dict(shape)) for name, shape in found.items()]


def _parameter(name: str, shape: Json) -> Json:
    description = shape.pop("description")
    # Null has no spelling in an address: what is optional is left out.
    shape |= next((one for one in shape.pop("anyOf", ()) if one["type"] != "null"), {})
    return {"name": name, "in": "query", "description": description, "schema": shape}


def _posted(fields: Json, words: Vocabulary) -> Json:
    ours = fields["properties"]
    named = {words.phone: ours["phone"], words.message: ours["message"], "id": ours["id"]}
    provider = {"MessageSid": ours["id"]} if words.phone == "From" else {}
    return {
        "type": "object",
        "description": f"A message, with the fields `{words.phone}` and `{words.message}`.",
        "properties": named | provider,
        "required": [words.phone, words.message],
    }


def _told(outcome: Json, words: Vocabulary, *spoken_as: str) -> Json:
    reply = {"type": ["string", "null"], "description": "What the bot says; null where a person is to answer."}
    phone = {"type": "string", "description": "The number in E.164 form."}
    spoken = {words.phone: phone, **dict.fromkeys(spoken_as, reply)}
    return {
        "type": "object",
        "description": outcome["description"] if not spoken_as else "The reply, and what the message led to.",
        "properties": spoken | outcome["properties"],
        "required": [*spoken, *outcome["required"]],
    }
