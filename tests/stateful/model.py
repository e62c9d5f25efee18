"""What each person must see, told as plainly as possible: lists of texts, and who may read which."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

TALK = timedelta(hours=24)
"""Silence after which a new conversation begins."""

NUMBER = timedelta(days=90)
"""Time without a sign after which a number may be somebody else's."""

SIGN = timedelta(days=1)
"""How exactly signs are kept."""

LINK = timedelta(days=30)
"""How long a link lasts that is not used."""


@dataclass(eq=False)
class Talk:
    """A conversation: what was said, when last, and whether it is over for good."""

    last: datetime
    said: list[str] = field(default_factory=list)
    over: bool = False

    def goes_on(self, now: datetime) -> bool:
        return not self.over and now - self.last <= TALK


@dataclass(eq=False)
class Place:
    """A session. Its id is what the application calls it."""

    id: str
    claimed: str | None
    talks: list[Talk] = field(default_factory=list)

    @property
    def said(self) -> list[str]:
        return [text for talk in self.talks for text in talk.said]

    def hear(self, text: str, now: datetime) -> None:
        if not self.talks or not self.talks[-1].goes_on(now):
            self.talks.append(Talk(now))
        self.talks[-1].said.append(text)
        self.talks[-1].last = now

    def remark(self, now: datetime) -> None:
        """The system says something: it prolongs nothing that was over."""
        if self.talks:
            self.talks[-1].over |= not self.talks[-1].goes_on(now)
            self.talks[-1].last = now


@dataclass(eq=False)
class Link:
    """A page's private link, and what it opens until when; nothing once it was ended."""

    token: str
    place: Place | None
    until: datetime

    def opens(self, now: datetime) -> Place | None:
        return self.place if now < self.until else None


@dataclass
class Model:
    """All people. `owners` tells whose session a number leads to, and when its owner last gave a sign."""

    places: list[Place] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    owners: dict[str, tuple[Place, datetime]] = field(default_factory=dict)

    def open(self, token: str, place_id: str, phone: str, now: datetime) -> None:
        place = Place(place_id, phone)
        self.places.append(place)
        self.links.append(Link(token, place, now + LINK))

    def text_in(self, phone: str, text: str, now: datetime) -> Place | None:
        """A text from a number; returns whose it is, None where that is to be somebody new."""
        place, sign = self.owners.get(phone, (None, now))
        if place is None or now - sign > NUMBER:
            return None
        self.owners[phone] = (place, now if now - sign >= SIGN else sign)
        place.hear(text, now)
        return place

    def begin(self, phone: str, place_id: str, text: str, now: datetime) -> Place:
        """Somebody new writes from a number: whoever had it before keeps what they said, and not the number."""
        place = Place(place_id, phone)
        place.hear(text, now)
        self.places.append(place)
        self.owners[phone] = (place, now)
        return place

    def prove(self, link: Link, token: str, now: datetime) -> Place:
        """The number of a link's session is proved; returns what the new link opens."""
        page = link.place
        assert page
        assert page.claimed
        phone = page.claimed
        holder, sign = self.owners.get(phone, (None, now))
        if holder is not None and holder is not page and now - sign > NUMBER:
            holder.remark(now)
            holder = None
        if holder is not None and holder is not page:
            if page.talks and holder.talks:
                holder.talks[-1].over = True
            holder.talks += page.talks
            self.places.remove(page)
        target = holder or page
        self.end(page)
        target.remark(now)
        self.owners[phone] = (target, now)
        self.links.append(Link(token, target, now + LINK))
        return target

    def end(self, place: Place) -> None:
        """End all links of a session."""
        for link in self.links:
            if link.place is place:
                link.place = None

    def erase(self, place: Place) -> None:
        self.end(place)
        self.places.remove(place)
        self.owners = {phone: owner for phone, owner in self.owners.items() if owner[0] is not place}

    def purge(self, before: datetime) -> None:
        for place in self.places:
            place.talks = [talk for talk in place.talks if talk.last >= before]
