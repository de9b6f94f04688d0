"""What the schema says of every operation that reads."""

from typing import Any


def tell_limits(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """429 wherever a user's token logs in: nobody reads without end."""
    for operations in result["paths"].values():
        for operation in operations.values():
            responses = operation.get("responses", {})
            if any("userToken" in login for login in operation.get("security", ())):
                operation["responses"] = dict(sorted((responses | {"429": responses["401"]}).items()))
    return result
