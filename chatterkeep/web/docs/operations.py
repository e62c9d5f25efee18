"""What the documentation says of each JSON route, in the order of the page. A family has a module of its own."""

from typing import Final

from chatterkeep.web.docs.families.conversations import CONVERSATIONS
from chatterkeep.web.docs.families.files import FILES
from chatterkeep.web.docs.families.health import HEALTH
from chatterkeep.web.docs.families.knowledge import KNOWLEDGE
from chatterkeep.web.docs.families.realtime import REALTIME
from chatterkeep.web.docs.families.sessions import SESSIONS
from chatterkeep.web.docs.families.webhook import WEBHOOK

FAMILIES: Final = (
    WEBHOOK,
    SESSIONS,
    REALTIME,
    CONVERSATIONS,
    FILES,
    KNOWLEDGE,
    HEALTH,
)
"""A family goes before another whose examples need what its own have made."""

OPERATIONS: Final = tuple(operation for family in FAMILIES for operation in family.operations)
