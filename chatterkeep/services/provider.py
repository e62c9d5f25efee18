"""Looks whether the servers of the language model and of the embeddings answer, asking nothing that costs."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Final

from chatterkeep.services.findings import Finding, fail, ok, warn
from chatterkeep.services.installation import Installation, ModelServer
from chatterkeep.storage.db import Database
from chatterkeep.storage.vectors import count_without_vector

_USUAL: Final = "https://api.openai.com/v1"
_SECONDS: Final = 5
_CONNECTS: Final = "OPENAI_API_KEY or OPENAI_BASE_URL connects one."


@dataclass(frozen=True, slots=True)
class _Named:
    """A server, what the check of it is called, and the settings that name its model, its address and its key."""

    server: ModelServer
    check: str
    model_setting: str
    address_setting: str
    key_setting: str

    @property
    def base(self) -> str:
        return (self.server.base_url or _USUAL).rstrip("/")

    @property
    def model(self) -> str:
        return self.server.model

    @property
    def fix(self) -> str:
        return f"Correct {self.address_setting}: the address of a server that speaks OpenAI's API, ending in /v1."


def examine_provider(place: Installation) -> Finding:
    """Ask the language model's server for its list of models."""
    name = "model"
    match place.answered_by:
        case "none":
            return ok(name, f"None is connected: flows say their own texts. {_CONNECTS}")
        case "documents":
            return ok(name, f"None is connected: documents answer, if any were added. {_CONNECTS}")
        case "canned":
            return warn(name, "A stand-in answers with fixed words.", "Set OPENAI_API_KEY to connect a language model.")
    return _examine(_Named(place.language_model, name, "CHATTERKEEP_MODEL", "OPENAI_BASE_URL", "OPENAI_API_KEY"))


def examine_embeddings(place: Installation, database: Database) -> Finding:
    """Ask the server of embeddings for its list of models, and count the passages that have none yet."""
    name = "embeddings"
    if not place.embeddings.model:
        return ok(name, "None: passages are found by their words alone. CHATTERKEEP_EMBEDDING_MODEL names a model.")
    prefix = "CHATTERKEEP_EMBEDDING"
    settings = (f"{prefix}_MODEL", f"{prefix}_BASE_URL", f"{prefix}_API_KEY")
    found = _examine(_Named(place.embeddings, name, *settings))
    if found.fix:
        return found
    with database.read() as connection:
        waiting = count_without_vector(connection, place.embeddings.model)
    told = f"{waiting:,} passages have no vector yet; a running server makes them." if waiting else ""
    return ok(name, f"{found.found} {told}".rstrip())


def _examine(named: _Named) -> Finding:
    """Ask for the list of models (https://platform.openai.com/docs/api-reference/models/list)."""
    base = named.base
    if not base.startswith(("http://", "https://")):
        return fail(named.check, f"{base} is no address of the web.", named.fix)
    request = urllib.request.Request(f"{base}/models", headers={"Authorization": f"Bearer {named.server.api_key}"})  # noqa: S310 - looked at above
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
            return _listed(named, response.read(4_000_000))
    except urllib.error.HTTPError as error:
        return _refused(named, error.code)
    except OSError as error:
        reason = getattr(error, "reason", error)
        fix = f"Start that server, or correct {named.address_setting}."
        return fail(named.check, f"{base} cannot be reached: {reason}.", fix)


def _listed(named: _Named, body: bytes) -> Finding:
    try:
        known = {str(model["id"]) for model in json.loads(body)["data"]}
    except (ValueError, TypeError, KeyError):
        return fail(named.check, f"{named.base} answers, but not as OpenAI's API does.", named.fix)
    if known and named.model not in known:
        fix = f"Set {named.model_setting} to one it has, such as {', '.join(sorted(known)[:5])}."
        return warn(named.check, f"{named.base} does not list {named.model}.", fix)
    return ok(named.check, f"{named.model} at {named.base}.")


def _refused(named: _Named, status: int) -> Finding:
    name, base = named.check, named.base
    if status in (401, 403):
        return fail(name, f"{base} refuses the key.", f"Correct {named.key_setting}.")
    if status == 404:
        found = f"{base} answers, but has no list of models, so {named.model} cannot be checked."
        return warn(name, found, named.fix)
    return warn(name, f"{base} answers with an error ({status}).", "Ask whoever runs that server.")
