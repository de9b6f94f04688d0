"""A module does one noun and a function fits a screen."""

import ast

import pytest

from .conftest import ROOT

MODULE_LINES = 400
FUNCTION_LINES = 60
# path or path::function -> why it may be longer
EXCEPTIONS: dict[str, str] = {}


@pytest.fixture(scope="module")
def modules(tracked):
    return [path for path in tracked if path.suffix == ".py" and "migrations" not in path.parts]


def test_modules_are_short(modules):
    lengths = {str(path): len((ROOT / path).read_text().splitlines()) for path in modules}
    assert {path: lines for path, lines in lengths.items() if lines > MODULE_LINES and path not in EXCEPTIONS} == {}


def test_functions_are_short(modules):
    too_long = {}
    for path in modules:
        for node in ast.walk(ast.parse((ROOT / path).read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = node.end_lineno - node.lineno + 1
                name = f"{path}::{node.name}"
                if lines > FUNCTION_LINES and name not in EXCEPTIONS:
                    too_long[name] = lines
    assert too_long == {}
