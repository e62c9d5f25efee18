"""What a route owes a caller, told by what it declares and by nothing else."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from chatterkeep.domain.staff import Role
from chatterkeep.web.access import Access
from tests.web.matrix.fill import Whose
from tests.web.matrix.people import Identity, Person, World


class Verdict(StrEnum):
    """What becomes of a request."""

    OPEN = "is let in"
    UNKNOWN = "is asked who it is"
    FORBIDDEN = "is told that it may not"
    NOTHING = "finds nothing"
    LOGIN = "is sent to log in"
    NO_METHOD = "has no such method"


STATUS: Final[dict[Verdict, Callable[[int], bool]]] = {
    Verdict.OPEN: lambda status: status < 400,
    Verdict.UNKNOWN: lambda status: status == 401,
    Verdict.FORBIDDEN: lambda status: status == 403,
    Verdict.NOTHING: lambda status: status == 404,
    Verdict.LOGIN: lambda status: status == 303,
    Verdict.NO_METHOD: lambda status: status == 405,
}

UNUSUAL: Final = {
    ("static", Whose.OWN): 404,
    ("sockets.converse", Whose.OWN): 400,
    ("sockets.converse", Whose.FOREIGN): 400,
    ("chat.start", Whose.MALFORMED): 422,
    ("webhook.receive_message", Whose.MALFORMED): 422,
    ("signed.receive_signed", Whose.MALFORMED): 422,
    ("twilio.receive_twilio", Whose.MALFORMED): 422,
    ("verify.finish", Whose.OWN): 422,
    ("admin.log_in", Whose.OWN): 400,
    ("admin.give_code", Whose.OWN): 400,
    ("admin.change_password", Whose.OWN): 422,
    ("admin.second_factor_confirm", Whose.OWN): 422,
}
"""What those are answered who are let in, where that is no success: for a file outside, for what is no handshake and no
number, for a form without its token, for a password that is too short, for a code that is wrong or did not come."""

BEGINNING: Final = frozenset({"webhook.receive_message", "signed.receive_signed", "twilio.receive_twilio"})
"""Where nobody is known by what is named, somebody is made: a number that writes for the first time."""


def verdict(access: Access, identity: Identity, whose: Whose) -> Verdict:
    """Return what must become of a request that names somebody's id, or nobody's."""
    absent, foreign = whose in (Whose.ABSENT, Whose.MALFORMED), whose is not Whose.OWN
    match access.kind:
        case "public":
            return Verdict.OPEN
        case "capability":
            return Verdict.OPEN if identity.page_holds and not foreign else Verdict.NOTHING
        case "client":
            return _client(access, identity, foreign=foreign, absent=absent)
        case "signature":
            return Verdict.OPEN if identity.signs == access.signer else Verdict.FORBIDDEN
        case "staff":
            return _staff(access, identity, absent=absent)
    raise LookupError(f"Nobody told the authorisation matrix what access {access.kind!r} means: tell expect.verdict")


def asking_for_methods(access: Access, identity: Identity) -> Verdict:
    """Return what must become of OPTIONS, which no view answers: who may call is asked all the same."""
    if access.kind == "signature":
        return Verdict.FORBIDDEN  # there is nothing that anybody could have signed
    return Verdict.OPEN if access.kind == "capability" else verdict(access, identity, Whose.OWN)


def shown_to(access: Access, identity: Identity, said: Verdict, world: World) -> tuple[Person, ...]:
    """Return the people of whom an answer may tell."""
    if said is not Verdict.OPEN or access.kind == "public":
        return ()
    if identity.mine:
        return (identity.mine,)
    return (world.caller, world.other)


def _client(access: Access, identity: Identity, *, foreign: bool, absent: bool) -> Verdict:
    if identity.scope:
        if identity.scope not in (access.scope, "admin"):
            return Verdict.FORBIDDEN
        return Verdict.NOTHING if absent else Verdict.OPEN
    if identity.session and access.session:
        return Verdict.NOTHING if foreign else Verdict.OPEN
    return Verdict.UNKNOWN


def _staff(access: Access, identity: Identity, *, absent: bool) -> Verdict:
    if not identity.role:
        return Verdict.LOGIN
    if not Role(identity.role).covers(Role(access.role or "admin")):
        return Verdict.FORBIDDEN
    return Verdict.NOTHING if absent else Verdict.OPEN
