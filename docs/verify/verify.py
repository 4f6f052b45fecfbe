import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

TOLERANCE_SECONDS = 300


def is_from_relay(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a request came from Relay, unchanged and lately.

    headers: by lower-case name; body: as it came, before any parsing.
    """
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit()):
        return False
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False

    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
    # One for each secret that is live; two while a secret is being rotated.
    return any(
        hmac.compare_digest(signature.encode(), expected)
        for signature in headers.get("webhook-signature", "").split(" ")
    )
