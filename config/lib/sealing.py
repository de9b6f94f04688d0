"""Secrets that Agora must be able to read again, as text that a table may hold: AES-256-GCM under SECRET_KEY."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.encoding import force_bytes

NONCE_BYTES = 12


class Unreadable(ValueError):  # noqa: N818 it says what the text is
    """It was sealed with another SECRET_KEY, for another purpose, or is damaged."""


def seal(secret: str, purpose: str) -> str:
    """Text that only unseal() with the same purpose opens; different every time."""
    nonce = os.urandom(NONCE_BYTES)
    closed = _cipher(settings.SECRET_KEY).encrypt(nonce, secret.encode(), purpose.encode())
    return urlsafe_b64encode(nonce + closed).decode()


def unseal(sealed: str, purpose: str) -> str:
    """The secret. Raises Unreadable. Keys in SECRET_KEY_FALLBACKS still open what was sealed with them."""
    try:
        content = urlsafe_b64decode(sealed)
    except ValueError:
        content = b""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            opened = _cipher(key).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError):
            continue
        return opened.decode()
    raise Unreadable("It cannot be opened with this SECRET_KEY: enter it again")


def _cipher(key: str | bytes) -> AESGCM:
    return AESGCM(blake2b(force_bytes(key), digest_size=32, person=b"agora sealing").digest())
