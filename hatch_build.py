"""The description on the package index: the README, with links that lead to the repository."""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK = re.compile(r"(?P<picture>!?)\[(?P<text>[^\]]*)\]\((?!#|[a-z]+:)(?P<target>[^)]+)\)")


class DescriptionHook(MetadataHookInterface):
    """Sets `readme`, which the index shows without the files that the README links to."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Adds the text, with the links of the release that is built."""
        repository, tag = metadata["urls"]["Repository"], f"v{metadata['version']}"

        def absolute(link: re.Match[str]) -> str:
            kind = "raw" if link["picture"] else "blob"
            return f"{link['picture']}[{link['text']}]({repository}/{kind}/{tag}/{link['target']})"

        text = _LINK.sub(absolute, Path(self.root, "README.md").read_text("utf-8"))
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
