"""What is personal in an event, put out for those who may not read it. Pure."""

from __future__ import annotations

import re
from typing import Any

MASK = "•••"
# A key in camel or snake case as its words.
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Words that make the value personal wherever they stand in its key.
PERSONAL = re.compile(
    r"""\b(?:address|birth|birthday|city|dob|email|fingerprint|firstname|fullname|geo|ip|ipv|lastname|latitude|
    location|longitude|mail|mobile|msisdn|nickname|passport|password|phone|postcode|secret|ssn|street|surname|tel|
    telephone|token|userid|username|zip)\b""",
    re.VERBOSE,
)
# A name or an id is personal when it is a person's, not that of a product, a page or a post.
NAME_OR_ID = re.compile(r"\b(?:name|id)\b")
OF_PERSON = re.compile(
    r"""\b(?:account|actor|anonymous|author|display|distinct|external|family|first|full|given|last|maiden|member|
    middle|person|previous|profile|real|sender|user)\b""",
    re.VERBOSE,
)
LOOKS_PERSONAL = re.compile(r"[\w.+-]+@[\w-]+\.\w+|\b(?:\d{1,3}\.){3}\d{1,3}\b|\+\d[\d ()/-]{7,}")


def is_personal(key: str) -> bool:
    """Whether what stands under the key says something of a person."""
    words = " ".join(WORDS.findall(key)).lower()
    if words == "name" or PERSONAL.search(words):
        return True
    return bool(NAME_OR_ID.search(words) and OF_PERSON.search(words))


def masked(value: Any) -> Any:
    """The JSON value with what is personal put out, by its key or by its look (e-mail, IP address, telephone)."""
    if isinstance(value, dict):
        return {masked(key): MASK if is_personal(key) else masked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner) for inner in value]
    return MASK if isinstance(value, str) and LOOKS_PERSONAL.search(value) else value


def masked_errors(errors: list[dict[str, str]]) -> list[dict[str, str]]:
    """The same paths of errors {path, message}, and MASK for messages that may quote what is personal."""
    return [{"path": path, "message": _masked_message(path, message)} for path, message in map(_parts, errors)]


def _parts(error: dict[str, str]) -> tuple[str, str]:
    return error.get("path", ""), error.get("message", "")


def _masked_message(path: str, message: str) -> str:
    # A schema's message begins with the value: an object or a list is quoted with all that is in it.
    if message.startswith(("{", "[")) or any(is_personal(step) for step in path.split("/")):
        return MASK
    return str(masked(message))
