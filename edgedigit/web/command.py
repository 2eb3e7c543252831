"""What `edgedigit serve` does."""

from __future__ import annotations

import argparse

from edgedigit.errors import EdgeDigitError
from edgedigit.images import pillow_setup
from edgedigit.system.messages import complaint, say
from edgedigit.web.settings import Settings


class MissingError(EdgeDigitError):
    """The extra is not installed."""


def run(options: argparse.Namespace) -> int:
    """Serves until a signal asks for the end.

    Args:
        options: What the command line says.

    Raises:
        EdgeDigitError: The extra is missing, the model cannot be loaded, a folder cannot be
            written, or the port cannot be listened on.
        KeyboardInterrupt: A signal asked for the end.
    """
    settings = Settings(
        host=options.host,
        port=options.port,
        model=options.model,
        min_confidence=options.min_confidence,
        collect=options.collect,
        token=options.token,
        max_bytes=options.max_bytes,
        max_pixels=options.max_pixels,
        max_requests=options.max_requests,
        timeout=options.timeout,
        threads=options.threads,
    )
    try:
        from edgedigit.web.server import serve
    except ModuleNotFoundError as error:
        raise MissingError(f'{error.name} is missing: pip install "edgedigit[serve]"') from error
    pillow_setup.keep_quiet()
    pillow_setup.is_available()  # loads it, before somebody waits for an answer

    def announce(address: str) -> None:
        if not options.quiet:
            say(complaint(f"listening on {address}"))

    serve(settings, announce)
    return 0
