"""Made-up people and what they say, for the pictures of the README."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from chatterkeep.domain.messages import Address, Capability, Channel, Inbound, SessionRef, TokenKind
from chatterkeep.domain.phone import parse_phone
from chatterkeep.services.wiring import Services

NOW: Final = datetime(2026, 5, 12, 9, 41, tzinfo=UTC)
_PACE: Final = timedelta(seconds=40)


@dataclass(frozen=True, slots=True)
class Example:
    """Somebody who wrote so many minutes ago; `person` is what staff answered in the end."""

    minutes: int
    channel: Channel
    phone: str
    said: tuple[str, ...]
    person: tuple[str, ...] = ()
    closed: bool = False


FIRST: Final = Example(
    2,
    Channel.WEB,
    "+1 415 555 0142",
    ("hello", "Mila", "Clair de lune", "Thank you!"),
    ("Hi Mila, Ana here. That is the third of four pieces. Shall I play you the other three tonight?",),
)
EXAMPLES: Final = (
    FIRST,
    Example(6, Channel.SMS, "+44 7911 123456", ("hello", "Oskar", "Blackbird")),
    Example(11, Channel.WHATSAPP, "+49 1512 3456789", ("hello", "Çiğdem")),
    Example(19, Channel.SMS, "+1 212 555 0187", ("good morning",)),
    Example(
        34,
        Channel.WEB,
        "+1 503 555 0199",
        ("hello", "Noah", "What a Wonderful World", "It stopped after a minute"),
        ("Sorry about that, Noah. We have restarted it.",),
    ),
    Example(52, Channel.WHATSAPP, "+34 612 345 678", ("hello", "Lucía", "Entre dos aguas", "¡Gracias!")),
    Example(75, Channel.SMS, "+33 6 12 34 56 78", ("hello", "Zoé", "La vie en rose"), closed=True),
    Example(118, Channel.SMS, "+1 617 555 0123", ("hello", "Priya", "Lag Ja Gale", "restart", "hello")),
    Example(165, Channel.WEB, "+1 206 555 0111", ("hello",)),
    Example(244, Channel.WHATSAPP, "+30 691 234 5678", ("hello", "Ελένη", "Τα παιδιά του Πειραιά")),
    Example(390, Channel.SMS, "+1 312 555 0164", ("hello", "Marcus", "Take Five", "thanks, that made my day")),
    Example(610, Channel.SMS, "+380 50 123 4567", ("hello", "Олена", "Щедрик")),
    Example(1020, Channel.WEB, "+1 808 555 0136", ("hello", "Keanu", "Somewhere over the Rainbow"), closed=True),
    Example(
        1490,
        Channel.SMS,
        "+1 305 555 0175",
        ("hello", "Inés", "Guantanamera", "May I talk to somebody?"),
        ("Of course. Ana here, what can I do for you?",),
    ),
    Example(2230, Channel.WHATSAPP, "+39 312 345 6789", ("hello", "Giulia", "Nessun dorma")),
    Example(4100, Channel.SMS, "+1 702 555 0158", ("hello", "Wei", "The Moon Represents My Heart"), closed=True),
)


def tell(use: Services, example: Example) -> str | None:
    """Let somebody's conversation happen; return the token of their page, if they use one."""
    turns = len(example.said) + len(example.person)
    now = NOW - timedelta(minutes=example.minutes) - turns * _PACE
    phone = parse_phone(example.phone, "US")
    token = use.threads.open(phone, now) if example.channel is Channel.WEB else None
    sender = Capability(token, TokenKind.PAGE) if token else Address(example.channel, phone)
    session_id = ""
    for text in example.said:
        now += _PACE
        session_id = use.turns.receive(Inbound(sender, text), now).session_id
    for text in example.person:
        now += _PACE
        use.sessions.speak(Inbound(SessionRef(session_id), text), now)
    if example.closed:
        use.sessions.close(session_id, now)
    return token
