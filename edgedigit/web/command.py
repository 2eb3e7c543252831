"""What `edgedigit serve` does."""

from __future__ import annotations

from edgedigit.errors import MissingError
from edgedigit.images import pillow_setup
from edgedigit.system.messages import complaint, say
from edgedigit.web.settings import Settings


def run(settings: Settings, quiet: bool) -> None:
    """Serves until a signal asks for the end.

    Args:
        settings: What the server is told.
        quiet: Whether the address is not told on standard error.

    Raises:
        EdgeDigitError: The extra is missing, the model cannot be loaded, a folder cannot be
            written, or the port cannot be listened on.
        KeyboardInterrupt: A signal asked for the end.
    """
    try:
        from edgedigit.web.server import serve
    except ModuleNotFoundError as error:
        raise MissingError(f'{error.name} is missing: pip install "edgedigit[serve]"') from error
    pillow_setup.keep_quiet()
    pillow_setup.is_available()  # loads it, before somebody waits for an answer

    def announce(address: str) -> None:
        if not quiet:
            say(complaint(f"listening on {address}"))

    serve(settings, announce)
