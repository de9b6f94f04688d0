"""Statements that live as .sql files beside the code that runs them."""

from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def statement(app: str, name: str) -> str:
    """The text of <app>/sql/<name>.sql. Raises FileNotFoundError, at import, when there is none."""
    return (ROOT / app / "sql" / f"{name}.sql").read_text(encoding="utf-8")
