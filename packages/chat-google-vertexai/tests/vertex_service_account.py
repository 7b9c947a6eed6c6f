"""A service account made up for tests: a generated key, and what its token endpoint sees."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from chat_conformance.http_answers import Answer, json_answer
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

EMAIL = "robot@proj-from-key.iam.gserviceaccount.com"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@cache
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def service_account(url: str) -> dict[str, Any]:
    """The content of a key file whose tokens come from ``{url}/token``."""
    pem = private_key().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "type": "service_account",
        "project_id": "proj-from-key",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": EMAIL,
        "client_id": "2",
        "token_uri": f"{url}/token",
    }


def token(value: str = "token-1", lifetime: int = 3600) -> Answer:
    """What a token endpoint answers."""
    return json_answer({"access_token": value, "expires_in": lifetime, "token_type": "Bearer"})


def verified_claims(body: bytes) -> dict[str, Any]:
    """The claims of the signed request for a token. Raises if our key did not sign them."""
    form = parse_qs(body.decode())
    assert form["grant_type"] == [GRANT]
    signed, _, signature = form["assertion"][0].rpartition(".")
    private_key().public_key().verify(
        _decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    claims: dict[str, Any] = json.loads(_decoded(signed.partition(".")[2]))
    return claims


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
