"""Lets `python -m edgedigit` do what the command `edgedigit` does."""

import sys

from edgedigit.cli import main

sys.exit(main())
