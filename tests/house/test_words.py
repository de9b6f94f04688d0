"""No tracked file names a place that only one machine knows, or work left for later."""

import re

import pytest

from .conftest import ROOT

# Written in two halves, so that this file does not find itself.
HOSTS = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "debian" + ".org", "crates" + ".io"]
FOLDERS = ["/wor" + "k/", "/ro" + "ot/", "/Us" + "ers/"]
LATER = ["TO" + "DO", "FIX" + "ME"]


@pytest.fixture(scope="module")
def texts(tracked):
    """{path: text} of all files but pictures and fonts."""
    found = {}
    for path in tracked:
        try:
            found[str(path)] = (ROOT / path).read_text()
        except UnicodeDecodeError:
            continue
    return found


def hits(texts, pattern):
    return [
        f"{path}:{number}: {line.strip()[:120]}"
        for path, text in texts.items()
        if re.search(pattern, text)
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line)
    ]


def test_no_package_registry_is_named(texts):
    assert hits(texts, "|".join(map(re.escape, HOSTS))) == []


def test_no_folder_of_one_machine_is_named(texts):
    assert hits(texts, r"(?<![\w.)}\-])(" + "|".join(map(re.escape, FOLDERS)) + ")") == []


def test_nothing_is_left_for_later(texts):
    assert hits(texts, r"\b(" + "|".join(LATER) + r")\b") == []
