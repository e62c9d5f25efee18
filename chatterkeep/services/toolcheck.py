"""Looks whether the declared tools can be used: the file, its secrets, and the way to each host. Nothing is called."""

from typing import Final

from chatterkeep.domain.errors import InvalidTools
from chatterkeep.domain.tools import Tool
from chatterkeep.services.findings import Finding, fail, ok, warn
from chatterkeep.services.installation import Installation
from chatterkeep.services.targets import ForbiddenTarget, UnknownTarget, find_addresses, look_up, parse_target
from chatterkeep.toolbox.loader import load_tools

_NAME: Final = "tools"
_PATIENCE: Final = 5.0


def examine_tools(place: Installation) -> Finding:
    """Look at the file of tools, and look the hosts up that it names."""
    if place.tools_file is None:
        return ok(_NAME, "None are declared. CHATTERKEEP_TOOLS names a file of them.")
    try:
        tools = load_tools(place.tools_file, place.environment)
    except InvalidTools as error:
        return fail(_NAME, str(error), "Mend the file; flask tools check tells when it is sound.")
    for tool in tools:
        if finding := _way_to(tool, private=place.private_targets):
            return finding
    hosts = ", ".join(f"{tool.name} ({tool.address.host})" for tool in tools)
    if place.answered_by != "openai":
        return warn(_NAME, f"Nobody calls {hosts}.", "Connect a language model, or unset CHATTERKEEP_TOOLS.")
    return ok(_NAME, f"{hosts}.")


def _way_to(tool: Tool, *, private: bool) -> Finding | None:
    """What is wrong with the way to a tool; None where nothing is."""
    name, host = tool.name, tool.address.host
    try:
        target = parse_target(tool.address.origin)
        find_addresses(target, look_up, _PATIENCE, private=private)
    except ForbiddenTarget as error:
        fix = "Name a public address, or set CHATTERKEEP_PRIVATE_TARGETS=allowed."
        return fail(_NAME, f"{name} may not reach {host}: {error}.", fix)
    except UnknownTarget as error:
        return fail(_NAME, f"The host {host} of {name} cannot be found: {error}.", "Correct its url.")
    if target.scheme == "http" and not private:
        return warn(_NAME, f"{name} asks {host} in the clear.", "Use an https:// address.")
    return None
