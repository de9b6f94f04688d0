"""Names that stand for ids in what is taken out: the same id has the same one, and nobody can tell which id it is."""

from __future__ import annotations

import hmac
from hashlib import sha256

from django.conf import settings

LETTERS = 20


class Pseudonyms:
    """Of one workspace: in another the same id has another. They change with SECRET_KEY."""

    def __init__(self, workspace_id: int) -> None:
        self._hmac = hmac.new(settings.SECRET_KEY.encode(), f"pseudonyms:{workspace_id}".encode(), sha256)

    def of(self, text: str) -> str:
        """HMAC-SHA-256 under the secret key, 80 bits of it in hexadecimal."""
        keyed = self._hmac.copy()
        keyed.update(b"\0" + text.encode("utf-8", "surrogatepass"))
        return keyed.hexdigest()[:LETTERS]
