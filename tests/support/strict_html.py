"""Reads pages strictly."""

import base64
from html.parser import HTMLParser

import numpy as np

from edgedigit.images import load_grey

VOID = {"img", "input", "meta", "wbr"}


class Page(HTMLParser):
    """Reads a page strictly: every element that is opened is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open and self._open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def paths(self) -> list[str]:
        return [a["title"] for a in self.all("bdi")]

    @property
    def pictures(self) -> list[np.ndarray]:
        start = "data:image/png;base64,"
        sources = [a["src"] for a in self.all("img")]
        assert all(source.startswith(start) for source in sources)
        return [load_grey(base64.b64decode(source.removeprefix(start))) for source in sources]
