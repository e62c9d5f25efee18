"""`POST /webhooks/sms`: what `POST /chat` does, for a gateway that signs its requests (Standard Webhooks)."""

from flask import Blueprint, Response, request

from chatterkeep.web import access
from chatterkeep.web.chat.webhook import take_in

blueprint = Blueprint("signed", __name__)


@blueprint.post("/webhooks/sms")
@access.signature
def receive_signed() -> Response:
    """Take a signed message in and answer with the reply, in the vocabulary that was used."""
    return take_in(request.headers["webhook-id"])
