"""The settings of what answers rest on: documents, and how well a passage of one must fit a question."""

from pydantic import Field

from chatterkeep.settings_answers import AnswerSettings


class KnowledgeSettings(AnswerSettings):
    """What concerns documents."""

    knowledge_relevance: float = Field(
        0.5,
        ge=0,
        le=1,
        description=(
            "Which part of a question's words, weighed by their rarity, a passage must hold to be quoted; "
            "half of it to be shown to the language model."
        ),
    )
    knowledge_tokens: int = Field(
        1500, ge=0, le=50_000, description="How much of the documents the model is shown for one answer, in tokens."
    )
