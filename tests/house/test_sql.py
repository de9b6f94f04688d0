"""SQL lives in files: each says what it is, and each is used."""

import ast
import re

from .conftest import APPS, ROOT


def app_sql(tracked):
    return [path for path in tracked if path.suffix == ".sql" and path.parts[0] in APPS]


def strings_by_app(tracked):
    """All string constants of each app's Python code, docstrings left out, in one text."""
    found = {app: [] for app in APPS}
    for path in tracked:
        if path.suffix == ".py" and path.parts[0] in APPS:
            for node in ast.walk(ast.parse((ROOT / path).read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
                    found[path.parts[0]].append(node.value)
    return {app: "\n".join(strings) for app, strings in found.items()}


def test_every_file_starts_with_a_comment(tracked):
    assert [str(path) for path in app_sql(tracked) if not (ROOT / path).read_text().startswith("-- ")] == []


def test_no_file_is_an_orphan(tracked):
    strings = strings_by_app(tracked)
    orphans = [
        str(path)
        for path in app_sql(tracked)
        if not re.search(rf"(?<!\w){re.escape(path.stem)}(?!\w)", strings[path.parts[0]])
    ]
    assert orphans == []
