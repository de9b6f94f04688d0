"""The code of docs/howto/receive-webhooks.md runs, and says no where it should."""

import json
import shutil
import subprocess
from base64 import b64encode
from datetime import UTC, datetime

import pytest

from moderation import webhooks
from moderation.models import Delivery
from tests.moderation.signatures import code, verified

SECRET = "whsec_" + b64encode(b"k" * 32).decode()
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
BODY = '{"type":"ping","data":"ü"}'
NODE = """
const asked = JSON.parse(require("node:fs").readFileSync(0));
console.log(JSON.stringify(asked.map((one) => verified(...one))));
"""


def headers(secret=SECRET, **changed):
    made = webhooks.headers_of(Delivery(body=BODY), [secret], AT)
    return {name.lower(): value for name, value in made.items()} | changed


CASES = [
    ((SECRET, headers(), BODY, AT.timestamp()), True),
    ((SECRET, headers(), BODY, AT.timestamp() + 299), True),
    ((SECRET, headers(), BODY, AT.timestamp() + 301), False),
    ((SECRET, headers(), BODY.replace("ü", "u"), AT.timestamp()), False),
    ((SECRET, headers("whsec_" + b64encode(b"x" * 32).decode()), BODY, AT.timestamp()), False),
    ((SECRET, headers(**{"webhook-id": "msg_other"}), BODY, AT.timestamp()), False),
    ((SECRET, headers(**{"webhook-signature": "v1,no v1a,no"}), BODY, AT.timestamp()), False),
]


def test_python_says_what_is_signed():
    assert [verified(*asked) for asked, _ in CASES] == [expected for _, expected in CASES]


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_node_says_the_same():
    asked = json.dumps([asked for asked, _ in CASES])
    done = subprocess.run(
        ["node", "-e", code("js") + NODE], input=asked, capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == [expected for _, expected in CASES]
