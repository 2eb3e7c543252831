"""Whether Pillow is there, which is optional and slow to load; `pillow_reader` reads with it."""

import functools
import sys
import warnings
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from PIL.Image import Image

_is_quiet = False


def is_available() -> bool:
    """Whether Pillow can be imported; this does import it."""
    return sys.modules["PIL"] is not None if "PIL" in sys.modules else _import_pillow()


@functools.cache
def _import_pillow() -> bool:
    """Tries once: a child that is forked while a thread tries again would wait for it for ever."""
    try:
        from PIL import Image  # noqa: F401
    except ImportError:
        return False
    return True


def keep_quiet() -> None:
    """For a program: Pillow's own limit does not hold, and it warns of nothing; errors say all.

    Pillow need not be loaded for that before there is something to read.
    """
    global _is_quiet
    _is_quiet = True
    warnings.filterwarnings("ignore", module="PIL")
    settle()


def settle() -> None:
    """Does to Pillow what `keep_quiet` promised, as soon as it is loaded."""
    module = sys.modules.get("PIL.Image")
    if _is_quiet and module is not None:
        module.MAX_IMAGE_PIXELS = None  # type: ignore[attr-defined]


def is_image(image: object) -> "TypeGuard[Image]":
    """Whether it is one of Pillow's images; Pillow is not imported, for then it has been."""
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(image, module.Image)
