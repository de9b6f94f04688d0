"""Each dependency has one line of reason, and each line a dependency."""

import json
import re
import tomllib

from .conftest import ROOT


def test_every_dependency_has_a_reason_and_nothing_else_does():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = [re.match(r"[\w.-]+", requirement).group() for requirement in asked]
    page = (ROOT / "docs/reference/dependencies.md").read_text()
    lines = re.findall(r"^\| ([\w.-]+) \| (.+) \|$", page, re.MULTILINE)
    reasons = [(name, reason) for name, reason in lines if name != "package"]
    assert sorted(name for name, _ in reasons) == sorted(names)
    assert [name for name, reason in reasons if not reason.endswith(".")] == []


def test_every_dependency_is_pinned_with_its_hash():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime = project["project"]["dependencies"]
    for lock, asked in {
        "requirements.lock": runtime,
        "requirements-dev.lock": runtime + project["dependency-groups"]["dev"],
    }.items():
        text = (ROOT / "deploy" / lock).read_text()
        names = [re.match(r"[\w.-]+", requirement).group() for requirement in asked]
        missing = [name for name in names if not re.search(rf"^{re.escape(name)}(\[\w+\])?==.*\\$", text, re.MULTILINE)]
        assert missing == [], lock


def test_every_javascript_client_has_a_reason_and_is_pinned_by_its_hash_and_no_registry():
    folder = ROOT / "tests" / "flows" / "clients"
    asked = json.loads((folder / "package.json").read_text())["dependencies"]
    page = (ROOT / "docs/reference/dependencies.md").read_text()
    assert re.findall(r"^\| `(@[\w/-]+)` \| .+\. \|$", page, re.MULTILINE) == sorted(asked)
    locked = json.loads((folder / "package-lock.json").read_text())["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in asked} == asked
    assert [name for name, package in locked.items() if name and "integrity" not in package] == []
    assert [name for name, package in locked.items() if "resolved" in package] == []
