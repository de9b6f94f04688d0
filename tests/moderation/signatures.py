"""The page about webhooks, whose code is run as it stands there."""

import re
import types

from tests.house.conftest import ROOT

PAGE = (ROOT / "docs" / "howto" / "receive-webhooks.md").read_text()


def code(language):
    """The one block of that language on the page."""
    (found,) = re.findall(rf"```{language}\n(.+?)\n```", PAGE, re.DOTALL)
    return found


_example = types.ModuleType("example")
exec(compile(code("python"), "receive-webhooks.md", "exec"), _example.__dict__)
verified = _example.verified
