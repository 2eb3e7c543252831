"""Tests that only some systems can run."""

import os
import platform

import pytest

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")
linux_only = pytest.mark.skipif(platform.system() != "Linux", reason="needs Linux")
