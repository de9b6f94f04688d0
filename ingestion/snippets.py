"""What a developer pastes to send events: one template for each client, shown in the admin and in docs/howto."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.template.loader import render_to_string

from ingestion.models import WriteKey

SERVER, CLIENT = WriteKey.Scope.SERVER.value, WriteKey.Scope.CLIENT.value
PLACEHOLDERS = {SERVER: "YOUR_SERVER_KEY", CLIENT: "YOUR_CLIENT_KEY"}
# Where the pages of docs/howto send to.
EXAMPLE_URL = "https://agora.example"
# In a page: a comment that names the snippet, and the block of code that is written below it.
BLOCK = re.compile(
    r"(<!-- templates/snippets/([\w-]+)\.txt, by `manage\.py reference` -->\n```\w+\n).*?(?=^```$)",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Sender:
    """A published client, or curl; its template is templates/snippets/{name}.txt."""

    name: str
    title: str
    # Of the key that belongs there: a server key must never stand in a page or an app.
    scope: str
    # What is run in a shell first; "" for nothing.
    install: str
    # A key of the other scope does as well.
    any_key: bool = False


SENDERS = (
    Sender("python", "Python", SERVER, "pip install segment-analytics-python"),
    Sender("node", "Node", SERVER, "npm install @segment/analytics-node"),
    Sender("browser", "Browser", CLIENT, "npm install @segment/analytics-next"),
    Sender(
        "react-native",
        "React Native",
        CLIENT,
        "npm install @segment/analytics-react-native @segment/sovran-react-native "
        "@react-native-async-storage/async-storage react-native-get-random-values",
    ),
    Sender("curl", "curl", CLIENT, "", any_key=True),
)


@dataclass(frozen=True, slots=True)
class Snippet:
    sender: Sender
    code: str
    # What stands for the key; "" when the key itself is there.
    placeholder: str


def render(sender: Sender, url: str, key: str = "") -> Snippet:
    """Ready to run against the installation at the URL, with the key or a placeholder for it."""
    parts = urlsplit(url)
    placeholder = "" if key else PLACEHOLDERS[sender.scope]
    context = {"key": key or placeholder, "url": url.rstrip("/"), "host": parts.netloc, "scheme": parts.scheme}
    return Snippet(sender, render_to_string(f"snippets/{sender.name}.txt", context).strip(), placeholder)


def of_source(url: str, scope: str = "", key: str = "") -> Iterator[Snippet]:
    """All of them; a key that was just made stands in those that its scope is for."""
    for sender in SENDERS:
        yield render(sender, url, key if sender.any_key or scope == sender.scope else "")


def filled(page: str) -> str:
    """A page of docs/howto with the code of its snippets as the templates say. Raises KeyError for an unknown one."""
    known = {sender.name: sender for sender in SENDERS}
    return BLOCK.sub(lambda found: f"{found[1]}{render(known[found[2]], EXAMPLE_URL).code}\n", page)
