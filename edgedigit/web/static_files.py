"""The drawing page's files, kept in memory."""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

_FOLDER = Path(__file__).parent / "page"
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}


class Pages:
    """The files by name."""

    def __init__(self) -> None:
        """Reads them."""
        self._files = {
            path.name: (path.read_bytes(), _KINDS[path.suffix])
            for path in _FOLDER.iterdir()
            if path.suffix in _KINDS
        }

    def response(self, request: Request, name: str) -> Response | None:
        """The file with that name, if there is one; empty where the client has it already."""
        if name not in self._files:
            return None
        content, kind = self._files[name]
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=kind)
