"""The top level stays readable: what stands there was decided, not dropped."""

APPS = {"analytics", "config", "economy", "ingestion", "moderation", "privacy"}
FOLDERS = APPS | {".ci", "deploy", "docs", "templates", "tests"}
FILES = {".gitignore", "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "manage.py", "pyproject.toml"}


def test_the_top_level_holds_only_what_was_decided(tracked):
    assert {path.parts[0] for path in tracked} - FOLDERS - FILES == set()


def test_no_data_or_caches_are_tracked(tracked):
    dropped = {".pyc", ".log", ".sqlite3", ".sock", ".pid", ".orig", ".rej"}
    assert [str(path) for path in tracked if path.suffix in dropped] == []
