"""How those who sign their requests make the signature, in Python and in JavaScript."""

from dataclasses import dataclass
from typing import Final

from chatterkeep.web.access import Signer


@dataclass(frozen=True, slots=True)
class Signing:
    """The lines that make a signature, and how it joins the headers, which stand for `{}` in `headers`."""

    lines: tuple[str, ...] = ()
    headers: str = ""
    imports: tuple[str, ...] = ()


_PYTHON: Final[dict[Signer, Signing]] = {
    "gateway": Signing(
        (
            'secret = base64.b64decode("$SECRET".removeprefix("whsec_"))',
            'delivery, moment = "$DELIVERY", str(int(time.time()))',
            'digest = hmac.digest(secret, f"{delivery}.{moment}.".encode() + body, "sha256")',
            'signature = "v1," + base64.b64encode(digest).decode()',
            'signed = {"webhook-id": delivery, "webhook-timestamp": moment, "webhook-signature": signature}',
        ),
        " | signed",
        ("base64", "hmac", "time"),
    ),
    "twilio": Signing(
        (
            'content = url + "".join(name + value for name, value in sorted(fields.items()))',
            'digest = hmac.digest(b"$TOKEN", content.encode(), "sha1")',
            'signed = {"X-Twilio-Signature": base64.b64encode(digest).decode()}',
        ),
        " | signed",
        ("base64", "hmac"),
    ),
}
_HMAC: Final = (
    'const { subtle } = globalThis.crypto ?? (await import("node:crypto")).webcrypto;',
    "const hmac = async (hash, key, text) => {",
    '  const known = await subtle.importKey("raw", key, { name: "HMAC", hash }, false, ["sign"]);',
    '  const digest = await subtle.sign("HMAC", known, new TextEncoder().encode(text));',
    "  return btoa(String.fromCharCode(...new Uint8Array(digest)));",
    "};",
)
_JAVASCRIPT: Final[dict[Signer, Signing]] = {
    "gateway": Signing(
        (
            *_HMAC,
            'const secret = Uint8Array.from(atob("$SECRET".replace("whsec_", "")), (char) => char.charCodeAt(0));',
            'const delivery = "$DELIVERY", moment = String(Math.floor(Date.now() / 1000));',
            'const signature = "v1," + await hmac("SHA-256", secret, `${delivery}.${moment}.${body}`);',
            'const signed = { "webhook-id": delivery, "webhook-timestamp": moment, "webhook-signature": signature };',
        ),
        "{{ ...{}, ...signed }}",
    ),
    "twilio": Signing(
        (
            *_HMAC,
            'const content = url + Object.keys(fields).sort().map((name) => name + fields[name]).join("");',
            'const signature = await hmac("SHA-1", new TextEncoder().encode("$TOKEN"), content);',
        ),
        '{{ ...{}, "X-Twilio-Signature": signature }}',
    ),
}


def python(signer: Signer | None) -> Signing:
    """Return how it is done in Python, where `url`, `fields` and `body` are known."""
    return _PYTHON[signer] if signer else Signing()


def javascript(signer: Signer | None) -> Signing:
    """Return how it is done in JavaScript, where `url`, `fields` and `body` are known."""
    return _JAVASCRIPT[signer] if signer else Signing(headers="{}")
