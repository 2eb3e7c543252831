"""The OpenAPI description."""

from typing import Any

from edgedigit.web.settings import Settings


def description(settings: Settings) -> dict[str, Any]:
    """The description of the server, with its limits."""
    return {"openapi": "3.1.0"}
