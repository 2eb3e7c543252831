"""The HTML that all reports share, which needs no network and no script, whatever names are."""

import os
from html import escape
from importlib import resources

from edgedigit.html.paging import Item
from edgedigit.system.messages import printable

END = "</main>\n</body>\n</html>\n"
FAILURES_START = """<table class="failures">
<thead><tr><th scope="col">File</th><th scope="col">Reason</th></tr></thead>
<tbody>
"""
FAILURES_END = "</tbody>\n</table>\n"

_MAX_TEXT_LENGTH = 200


def head(title: str, summary: str) -> str:
    """A report up to its first section.

    Args:
        title: Plain words, no foreign text.
        summary: One line below the title, of any text.
    """
    style = resources.files("edgedigit.html").joinpath("style.css").read_text("utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p class="summary">{text(summary)}</p>
"""


def file_path(path: str) -> str:
    """A file's path as HTML: its name in bold, a break at any slash, all of it on hover."""
    path = _short(printable(path))
    name = os.path.basename(path)
    folder = escape(path.removesuffix(name), quote=False).replace("/", "/<wbr>")
    return (
        f'<bdi class="path" title="{escape(path)}">{folder}<b>{escape(name, quote=False)}</b></bdi>'
    )


def failure(path: str, error: str | None) -> Item:
    """A file that could not be read, and why, as a row between FAILURES_START and _END."""
    return Item(f"<tr><td>{file_path(path)}</td><td>{text(error or '')}</td></tr>\n")


def text(foreign: str) -> str:
    """Foreign text as HTML, on one line; signs that turn or hide others become visible."""
    return escape(_short(printable(foreign)), quote=False)


def _short(text: str) -> str:
    """The text without its middle, where it is long."""
    half = _MAX_TEXT_LENGTH // 2
    return text if len(text) <= _MAX_TEXT_LENGTH else f"{text[:half]} ... {text[-half:]}"
