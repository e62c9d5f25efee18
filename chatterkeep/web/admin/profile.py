"""Words for one's own account, and the picture of a second factor's secret."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import segno

from chatterkeep.domain.staff import SHORTEST_PASSWORD, Member
from chatterkeep.services.totp import address_of
from chatterkeep.web.admin.presenters import iso, spoken

_DONE: Final = {
    "password": "Your password was changed, and all your other logins have ended.",
    "on": "Your second factor is on. From now on, each login asks for a code; all your other logins have ended.",
    "off": "Your second factor is off, and all your other logins have ended.",
}


@dataclass(frozen=True, slots=True)
class AccountView:
    """One's own account. `must_set_up` tells that nothing else opens before there is a second factor."""

    username: str
    role: str
    since: str
    since_iso: str
    second_factor: bool
    may_remove: bool
    must_set_up: bool
    done: str | None
    shortest: int


@dataclass(frozen=True, slots=True)
class OfferView:
    """A secret for an authenticator: as text in groups of four, as an address, and as a picture of that address."""

    secret: str
    address: str
    picture: str


def account_view(member: Member, since: datetime, done: str, now: datetime, *, required: bool) -> AccountView:
    """Word the page of somebody who has been logged in since then; `done` names what was just done."""
    return AccountView(
        username=member.username,
        role=member.role.value,
        since=spoken(since, now),
        since_iso=iso(since),
        second_factor=member.second_factor,
        may_remove=not required,
        must_set_up=required and not member.second_factor,
        done=_DONE.get(done),
        shortest=SHORTEST_PASSWORD,
    )


def offer_view(member: Member, secret: str) -> OfferView:
    """Word a secret for its owner. The picture is dark on white in dark mode too, or cameras would not read it."""
    address = address_of(secret, member.username)
    code = segno.make(address, error="m", micro=False)
    return OfferView(
        secret=" ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        address=address,
        picture=code.svg_data_uri(scale=4, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None),
    )
