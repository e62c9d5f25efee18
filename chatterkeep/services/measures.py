"""What is counted and timed about generated replies, for Prometheus."""

from typing import Final

from prometheus_client import Counter, Histogram

REPLIES: Final = Counter("chatterkeep_replies_total", "Generated replies, by how they ended.", ["state"])
FAILURES: Final = Counter("chatterkeep_answer_failures_total", "Tries that gave no answer, by reason.", ["reason"])
CACHE: Final = Counter("chatterkeep_answer_cache_total", "Questions that the cache could answer.", ["result"])
TOKENS: Final = Counter("chatterkeep_llm_tokens_total", "Tokens as the provider counts them.", ["kind"])
EMBEDDINGS: Final = Counter(
    "chatterkeep_embeddings_total", "Requests for embeddings, by what came of them.", ["result"]
)
QUOTES: Final = Counter(
    "chatterkeep_quotes_total", "Questions that were put to documents alone, by whether they said anything.", ["result"]
)
OUTGOING: Final = Counter(
    "chatterkeep_outgoing_total", "Texts for phones, by channel and by what became of them.", ["channel", "result"]
)
FEEDBACK: Final = Counter("chatterkeep_feedback_total", "Words of readers on answers, by what they were.", ["feedback"])
FIRST_TOKEN: Final = Histogram(
    "chatterkeep_first_token_seconds",
    "Time from the claim of a reply to its first text.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20),
)
TOOL_CALLS: Final = Counter(
    "chatterkeep_tool_calls_total", "Calls of tools, by what came of them.", ["tool", "outcome"]
)
TOOL_SECONDS: Final = Histogram(
    "chatterkeep_tool_seconds",
    "Time that requests to tools took.",
    ["tool"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
