"""What all pages have in common: HTML that needs no network and no script, whatever names are."""

import os
from html import escape
from importlib import resources

from edgedigit.system.messages import printable

END = "</main>\n</body>\n</html>\n"

# Names of files and reasons that are longer lose their middle.
_LONGEST = 200


def head(title: str, summary: str) -> str:
    """A page up to its first section.

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
    """The name stands out, the folder may break at each slash; whole, they can be copied."""
    path = _short(printable(path))
    name = os.path.basename(path)
    folder = escape(path.removesuffix(name), quote=False).replace("/", "/<wbr>")
    return (
        f'<bdi class="path" title="{escape(path)}">{folder}<b>{escape(name, quote=False)}</b></bdi>'
    )


def text(foreign: str) -> str:
    """Foreign text as HTML, on one line; signs that turn or hide others become visible."""
    return escape(_short(printable(foreign)), quote=False)


def _short(text: str) -> str:
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} ... {text[-half:]}"
