"""What the wheel needs: the package that it was made beside, and no other version of it."""

from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class DependenciesHook(MetadataHookInterface):
    """Sets `dependencies`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Adds edgedigit of the same version, with what its training needs."""
        metadata["dependencies"] = [f"edgedigit[training]=={metadata['version']}"]
