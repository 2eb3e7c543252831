"""What PyInstaller has to put into a program that uses edgedigit; it finds this by itself."""

import os


def hook_folders() -> list[str]:
    """The folders with hooks for PyInstaller."""
    return [os.path.dirname(__file__)]
