"""The page of docs/reference on who may call what."""

from analytics.api.endpoints import Endpoint, endpoints
from analytics.reference import code, page, table
from config.models import Role


def api_page() -> str:
    rows = [
        (f"{one.method} {code(one.path)}", _roles(one), code(one.scope), "yes" if one.open_to_keys else "")
        for one in endpoints()
    ]
    return page(
        "Who may call what",
        "the URLs and their views",
        "What each operation takes and answers says [the schema](openapi.yaml); how to log in, "
        "[call the API](../howto/call-the-api.md). Members read their own workspaces alone, and with a personal token "
        "only what it is good for. An operation without roles is none for people: `POST /api/token` takes a password, "
        "`POST /api/events` any key of a source.",
        table(("operation", "roles", "scope of a token", "server keys"), rows),
    )


def _roles(one: Endpoint) -> str:
    if len(one.roles) == len(Role):
        return "all"
    return ", ".join(role.label for role in one.roles)
