"""Looks whether the language model's server answers, without asking it anything that costs."""

import json
import urllib.error
import urllib.request
from typing import Final

from chatterkeep.services.findings import Finding, fail, ok, warn
from chatterkeep.services.installation import Installation

_NAME: Final = "model"
_USUAL: Final = "https://api.openai.com/v1"
_SECONDS: Final = 5
_ADDRESS: Final = "Correct OPENAI_BASE_URL: the address of a server that speaks OpenAI's API, ending in /v1."


def examine_provider(place: Installation) -> Finding:
    """Ask for the list of models (https://platform.openai.com/docs/api-reference/models/list)."""
    if place.answered_by == "none":
        return ok(
            _NAME, "None is connected: flows say their own texts. OPENAI_API_KEY or OPENAI_BASE_URL connects one."
        )
    if place.answered_by == "documents":
        return ok(
            _NAME,
            "None is connected: documents answer, if any were added. OPENAI_API_KEY or OPENAI_BASE_URL connects one.",
        )
    if place.answered_by == "canned":
        return warn(_NAME, "A stand-in answers with fixed words.", "Set OPENAI_API_KEY to connect a language model.")
    base = (place.openai_base_url or _USUAL).rstrip("/")
    if not base.startswith(("http://", "https://")):
        return fail(_NAME, f"{base} is no address of the web.", _ADDRESS)
    request = urllib.request.Request(f"{base}/models", headers={"Authorization": f"Bearer {place.openai_api_key}"})  # noqa: S310 - looked at above
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
            return _listed(place, base, response.read(4_000_000))
    except urllib.error.HTTPError as error:
        return _refused(place, base, error.code)
    except OSError as error:
        reason = getattr(error, "reason", error)
        return fail(_NAME, f"{base} cannot be reached: {reason}.", "Start that server, or correct OPENAI_BASE_URL.")


def _listed(place: Installation, base: str, body: bytes) -> Finding:
    try:
        known = {str(model["id"]) for model in json.loads(body)["data"]}
    except (ValueError, TypeError, KeyError):
        return fail(_NAME, f"{base} answers, but not as OpenAI's API does.", _ADDRESS)
    if known and place.model not in known:
        some = ", ".join(sorted(known)[:5])
        return warn(
            _NAME, f"{base} does not list {place.model}.", f"Set CHATTERKEEP_MODEL to one it has, such as {some}."
        )
    return ok(_NAME, f"{place.model} at {base}.")


def _refused(place: Installation, base: str, status: int) -> Finding:
    if status in (401, 403):
        return fail(_NAME, f"{base} refuses the key.", "Correct OPENAI_API_KEY.")
    if status == 404:
        return warn(_NAME, f"{base} answers, but has no list of models, so {place.model} cannot be checked.", _ADDRESS)
    return warn(_NAME, f"{base} answers with an error ({status}).", "Ask whoever runs that server.")
