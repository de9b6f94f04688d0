"""The code that the admin shows for pasting, run as it stands against a running server."""

import subprocess
import sys

import pytest
from django.db import connection

from ingestion import snippets, workspaces
from ingestion.models import Event
from tests.flows import javascript
from tests.servers import environment, free_port, web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
# What the code is given to, on standard input.
INTERPRETERS = {"python": [sys.executable], "node": ["node", "--input-type=module"], "curl": ["sh"]}


@pytest.mark.parametrize("name", INTERPRETERS)
def test_it_sends_what_it_says(name):
    if name == "node":
        javascript.modules()
    created = workspaces.create("pasted")
    port = free_port()
    with web(port, environment(connection), workers=1):
        sender = next(sender for sender in snippets.SENDERS if sender.name == name)
        code = snippets.render(sender, f"http://127.0.0.1:{port}", created.server_key).code
        done = subprocess.run(
            INTERPRETERS[name],
            input=code,
            cwd=javascript.CLIENTS,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    sent = Event.objects.filter(workspace=created.workspace)
    assert sent.get(event_type__name="post_created").object_id == "7"
    if name == "curl":
        assert '"accepted":1' in done.stdout
    else:
        assert sent.get(event_type__kind="identify").properties["plan"] == "free"
