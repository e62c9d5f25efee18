"""Who else takes part, as settings choose it: language models, tools, those who carry text to phones."""

from chatterkeep.answerers.canned import Canned
from chatterkeep.answerers.documents import Documents
from chatterkeep.answerers.openai_chat import OpenAIChat
from chatterkeep.answerers.openai_embeddings import OpenAIEmbeddings
from chatterkeep.channels.choosing import carrier_of
from chatterkeep.domain.answers import Patience
from chatterkeep.domain.scrub import Scrubber
from chatterkeep.services.answer_cache import LocalCache
from chatterkeep.services.authors import Authors, Cache, Manner
from chatterkeep.services.breaker import Breaker, Counters
from chatterkeep.services.budget import Budget
from chatterkeep.services.embeddings import Embeddings
from chatterkeep.services.grounded import Grounded
from chatterkeep.services.outbound import Outbound
from chatterkeep.services.passages import Fitness, Passages
from chatterkeep.services.ports import Answerer
from chatterkeep.services.tooling import Tooling
from chatterkeep.services.twilio import Twilio
from chatterkeep.services.wiring import Clock, Outside
from chatterkeep.settings import Settings
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.toolbox.loader import load_tools


def outside(
    settings: Settings, database: Database, vault: Vault, store: Counters, budget: Budget, clock: Clock
) -> Outside:
    """Who else takes part: who writes generated replies, who carries text to phones, who delivers messages.

    Raises InvalidTools.
    """
    secrets = settings.channel_secrets.split()
    may_stay_inside = settings.private_targets == "allowed"
    tools = _tools(settings, store)
    embeddings = _embeddings(settings, database, store)
    fitness = Fitness(settings.knowledge_relevance, settings.embedding_similarity)
    passages = Passages(database, fitness, embeddings)
    authors = _authors(settings, vault, store, budget, tools)
    return Outside(
        authors=authors and Grounded(authors, passages, settings.knowledge_tokens),
        quoting=None if settings.answered_by == "none" else Documents(passages, _patience(settings)),
        passages=passages,
        embeddings=embeddings,
        tools=tools,
        carrier=carrier_of(settings.carried_by, settings.channel_url, secrets, may_stay_inside, clock),
        secrets=secrets,
        twilio=Twilio(settings.twilio_tokens.split(), settings.public_url.rstrip("/")),
    )


def _embeddings(settings: Settings, database: Database, store: Counters) -> Embeddings:
    """What passages and questions mean, where a model is named that can tell."""
    embedder = None
    if settings.embedding_model:
        base_url, key = settings.embedding_server
        embedder = OpenAIEmbeddings(key, base_url, settings.embedding_model)
    return Embeddings(
        database,
        embedder,
        lambda text: Scrubber(settings.default_region).scrub(text),
        Breaker(store, "embeddings/"),
        settings.embedding_timeout.total_seconds(),
    )


def _tools(settings: Settings, store: Counters) -> Tooling | None:
    """What a language model may look things up with, or None where nothing is declared."""
    if settings.tools is None:
        return None
    declared = load_tools(settings.tools, settings.environment)
    outbound = Outbound(private=settings.private_targets == "allowed")
    return Tooling(declared, outbound, lambda name: Breaker(store, f"tool/{name}/"))


def _authors(
    settings: Settings, vault: Vault, store: Counters, budget: Budget, tools: Tooling | None
) -> Authors | None:
    """Who writes generated replies, or None where nobody does."""
    answerer = _answerer(settings)
    if answerer is None:
        return None
    manner = Manner(
        settings.system_prompt,
        settings.history_tokens,
        _patience(settings),
        settings.default_region,
        tools,
        settings.files_tokens,
    )
    # live facts grow old, and what was looked up for one customer is no other's
    cache = None if tools else _cache(settings, vault)
    return Authors(answerer, manner, Breaker(store), cache, budget.spend)


def _patience(settings: Settings) -> Patience:
    return Patience(
        first=settings.first_token_timeout.total_seconds(),
        between=settings.token_timeout.total_seconds(),
        total=settings.reply_timeout.total_seconds(),
    )


def _cache(settings: Settings, vault: Vault) -> Cache | None:
    if not settings.answer_cache:
        return None
    if settings.redis_url:
        from chatterkeep.storage.answer_cache import RedisCache  # noqa: PLC0415 - for those who use it: it is large

        return RedisCache(settings.redis_url, vault, settings.answer_cache)
    return LocalCache(settings.answer_cache)


def _answerer(settings: Settings) -> Answerer | None:
    match settings.answered_by:
        case "openai":
            return OpenAIChat(
                api_key=settings.openai_api_key,
                base_url=settings.openai_base_url,
                model=settings.model,
                temperature=settings.temperature,
                max_tokens=settings.max_tokens,
            )
        case "canned":
            return Canned()
    return None
