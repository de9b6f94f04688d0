"""The documentation names only what is there, and stays short."""

import re

import pytest
from django.conf import settings
from django.core.management import get_commands

from ingestion import clock, enrichment, envelopes, keys, origins, payload, registry

from .conftest import ROOT

LONGEST_PAGE = 200
GENERATED = "<!-- Made by `manage.py reference`"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = {str(page.relative_to(ROOT)): page.read_text() for page in PAGES}
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)\s]+)\)")
MAKE = re.compile(r"(?:`|^|\$ )make ([a-z]+)", re.MULTILINE)
COMMAND = re.compile(r"manage\.py ([a-z_]+)")
VARIABLE = re.compile(r'env\.\w+\(\s*"([A-Z_]+)"')
NAMED_IN_CODE = re.compile(r"(?<![\w./-])\w[\w/-]*\.md\b")

pages = pytest.mark.parametrize("page", TEXTS)


def prose(text):
    """The text without its blocks of code."""
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text):
    """What a link to a heading of the page may say after #."""
    headings = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pages
def test_every_link_leads_somewhere(page):
    broken = []
    for target in LINK.findall(prose(TEXTS[page])):
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text())):
            broken.append(target)
    assert broken == []


@pages
def test_every_command_and_target_is_there(page):
    text = TEXTS[page]
    unknown = {f"manage.py {name}" for name in COMMAND.findall(text)} - {f"manage.py {name}" for name in get_commands()}
    unknown |= {f"make {name}" for name in MAKE.findall(text) if name not in TARGETS}
    assert unknown == set()


@pages
def test_a_page_written_by_hand_is_short(page):
    text = TEXTS[page]
    assert text.startswith(GENERATED) or len(text.splitlines()) <= LONGEST_PAGE


@pages
def test_a_page_has_one_title(page):
    assert len(re.findall(r"^# ", prose(TEXTS[page]), re.MULTILINE)) == 1


def test_every_page_is_reached_from_the_readme():
    reached, waiting = set(), ["README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page not in TEXTS:
            continue
        reached.add(page)
        for target in LINK.findall(prose(TEXTS[page])):
            file = ((ROOT / page).parent / target.partition("#")[0]).resolve()
            inside = [file] if file.suffix == ".md" else sorted(file.glob("*.md")) if file.is_dir() else []
            waiting += [str(one.relative_to(ROOT)) for one in inside]
    assert set(TEXTS) - reached == set()


def test_every_setting_from_the_environment_is_explained():
    asked = set(VARIABLE.findall((ROOT / "config" / "settings.py").read_text()))
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", TEXTS["docs/howto/deploy.md"], re.MULTILINE))
    assert asked
    assert asked - told == set()


def test_every_page_that_the_code_names_is_there(tracked):
    """events.md in a comment is docs/reference/events.md; a longer name is a path from the root."""
    missing = set()
    for path in tracked:
        if path.suffix in {".py", ".sql", ".html", ".toml"} and path.parts[0] != "tests":
            folders = ROOT, ROOT / "docs" / "reference", (ROOT / path).parent
            names = set(NAMED_IN_CODE.findall((ROOT / path).read_text()))
            missing |= {f"{path}: {n}" for n in names if not any((folder / n).is_file() for folder in folders)}
    assert missing == set()


LIMITS = {
    "INGEST_MAX_BODY_BYTES": f"{settings.INGEST_MAX_BODY_BYTES:,} bytes",
    "INGEST_MAX_PACKED_BYTES": f"{settings.INGEST_MAX_PACKED_BYTES:,} bytes",
    "INGEST_MAX_EVENTS": f"{settings.INGEST_MAX_EVENTS:,}",
    "INGEST_MAX_EVENT_BYTES": f"{settings.INGEST_MAX_EVENT_BYTES:,} bytes",
    "DEEPEST": f"{payload.DEEPEST} levels",
    "LONGEST_ID": f"{envelopes.LONGEST_ID} characters",
    "LONGEST_NAME": f"{envelopes.LONGEST_NAME} characters",
    "MOST_DISCOVERED": f"{registry.MOST_DISCOVERED:,}",
    "EARLIEST": f"{clock.EARLIEST:%-d %B %Y}",
    "FUTURE_TOLERATED": f"{clock.FUTURE_TOLERATED.seconds // 60} minutes",
    "HOT_WINDOW": f"{enrichment.HOT_WINDOW.days} days",
    "MOST": f"{origins.MOST}",
    "FRESH_SECONDS": f"{keys.FRESH_SECONDS:.0f} seconds",
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_is_that_of_the_code(name):
    lines = [line for line in TEXTS["docs/reference/limits.md"].splitlines() if f"`{name}`" in line]
    assert lines
    assert [line for line in lines if f"| {LIMITS[name]} |" not in line and f"({LIMITS[name]})" not in line] == []


def test_limits_of_the_same_name_are_the_same():
    assert (envelopes.LONGEST_ID, keys.FRESH_SECONDS) == (enrichment.LONGEST_ID, registry.FRESH_SECONDS)


def test_decisions_are_numbered_without_a_gap():
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    assert names
