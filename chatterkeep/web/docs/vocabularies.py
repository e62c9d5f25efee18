"""The shapes of `POST /chat` in each of the vocabularies that it understands."""

from typing import Any

from chatterkeep.web.chat.payload import VOCABULARIES, Vocabulary

Json = dict[str, Any]


def shape_of(prefix: str, words: Vocabulary) -> str:
    """Return the name of a shape in a vocabulary, such as `ChatUserPhone`."""
    return prefix + "".join(part.capitalize() for part in words.phone.split("_"))


def spell_out(shapes: dict[str, Json]) -> None:
    """Put a shape for each vocabulary in the place of those that have none."""
    fields, outcome, pending = (shapes.pop(name) for name in ("PostedFields", "Outcome", "Pending"))
    for words in VOCABULARIES:
        shapes[shape_of("Chat", words)] = _posted(fields, words)
        shapes[shape_of("Reply", words)] = _told(outcome, words, words.reply)
        shapes[shape_of("Pending", words)] = _told(pending, words)


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
