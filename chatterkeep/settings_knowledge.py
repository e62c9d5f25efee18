"""The settings of what answers rest on: documents, and how well a passage of one must fit a question."""

from datetime import timedelta

from pydantic import Field, field_validator

from chatterkeep.settings_answers import AnswerSettings, Duration, on_the_web


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
    embedding_model: str = Field(
        "",
        max_length=128,
        description=(
            "The model that tells what passages and questions mean, such as `text-embedding-3-small`; empty: passages "
            "are found by their words alone."
        ),
    )
    embedding_base_url: str = Field(
        "",
        description="The address of its server, ending in `/v1`; empty: that of the language model, with its key.",
    )
    embedding_api_key: str = Field("", repr=False, description="The key for `CHATTERKEEP_EMBEDDING_BASE_URL`.")
    embedding_similarity: float = Field(
        0.4,
        gt=0,
        le=1,
        description=(
            "How similar in meaning a passage must be to be quoted, up to 1, where its words do not suffice; half as "
            "similar to be shown to the language model. Models differ in what they call similar."
        ),
    )
    embedding_timeout: Duration = Field(
        timedelta(seconds=2),
        gt=timedelta(0),
        description="How long a question waits to be understood, before only its words are looked for.",
    )

    @field_validator("embedding_base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return on_the_web(value)

    @property
    def embedding_server(self) -> tuple[str, str]:
        """The address and the key of the server of embeddings. The model's own key goes to no other server."""
        if self.embedding_base_url:
            return self.embedding_base_url, self.embedding_api_key
        return self.openai_base_url, self.embedding_api_key or self.openai_api_key
