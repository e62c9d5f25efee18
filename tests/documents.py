"""Documents for tests: of an invented shop."""

from chatterkeep.domain.audit import Actor
from chatterkeep.domain.documents import Text, make_text
from chatterkeep.domain.passages import Markup
from chatterkeep.services.knowledge import Added
from chatterkeep.services.wiring import Services
from tests.make import NOW

ADA = Actor("ada")
HOURS = """# Opening hours

The shop in Harbour Street is open Monday to Friday from 9 to 18, and on Saturday from 10 to 14.
We are closed on Sundays and on public holidays.

## Deliveries

We deliver within two days. Delivery is free from 40 euros on; below it costs 4.90 euros.
Large furniture is brought by a carrier who calls you first, so that somebody is at home to open the door.
"""


def make_document(
    *, title: str = "Opening hours", origin: str = "hours.md", text: str = HOURS, markup: Markup = Markup.MARKDOWN
) -> Text:
    return make_text(title, origin, text, markup)


def add_document(services: Services, **changes: str) -> Added:
    return services.knowledge.add(make_document(**changes), ADA, NOW)
