"""Reads pictures with Pillow, and Pillow's own images.

Pillow is optional and slow to load, so that it is imported where it is used.
"""

import io
import struct
import sys
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from edgedigit.errors import ImageError
from edgedigit.pixels import Picture, array_picture, check_size, eight_bits

if TYPE_CHECKING:
    from PIL.Image import Image

_EXIF_ORIENTATION = 0x0112
# PostScript is a program, not pixels: Pillow would run Ghostscript on it.
_REFUSED = {"EPS"}


def is_available() -> bool:
    """Whether Pillow can be imported; this does import it."""
    try:
        from PIL import Image  # noqa: F401
    except ImportError:
        return False
    return True


def is_image(image: object) -> "TypeGuard[Image]":
    """Whether it is one of Pillow's images; Pillow is not imported, for then it has been."""
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(image, module.Image)


def decode(data: bytes) -> Picture:
    """Reads a file of any format that the installed Pillow knows; of several frames, the first.

    Args:
        data: The whole file.

    Raises:
        ImageError: It is no picture, or it is damaged, truncated or too large.
    """
    return read_image(_open(data))


def read_image(image: "Image") -> Picture:
    """Reads the pixels of one of Pillow's images, of any mode, and leaves it as it is.

    Args:
        image: An image; if its file has not been read yet, it is now.

    Raises:
        ImageError: Its file is damaged or truncated, or it is too large.
    """
    check_size(*image.size)
    try:
        image.load()
        picture = _pixels(image)
    except ImageError:
        raise
    except Exception as error:  # damaged files make Pillow's plugins raise nearly anything
        raise ImageError(f"the picture is damaged or truncated: {_reason(error)}") from error
    return picture._replace(orientation=_orientation(image))


def _open(data: bytes) -> "Image":
    """Does what PIL.Image.open does, with `check_size` in place of Pillow's own limit.

    Pillow warns about pictures that are large but within our limit. A warning can be kept from
    the user only by changing the filters of the whole process, which other threads use too.
    """
    from PIL import Image

    refusals = []
    tried = set(_REFUSED)
    for load_plugins in (Image.preinit, Image.init):  # the usual formats, then all
        load_plugins()
        for name in [name for name in Image.ID if name not in tried]:
            tried.add(name)
            factory, accepts = Image.OPEN[name]
            try:
                accepted = accepts is None or accepts(data[:16])
                if isinstance(accepted, str):  # recognised, but this Pillow lacks the codec
                    refusals.append(accepted)
                elif accepted:
                    return factory(io.BytesIO(data), "")
            except (SyntaxError, IndexError, TypeError, struct.error) as error:
                if accepts is not None:
                    refusals.append(f"damaged {name} file: {_reason(error)}")
            except Exception as error:  # see read_image
                raise ImageError(f"damaged {name} file: {_reason(error)}") from error
    raise ImageError("; ".join(refusals) or "not a picture, or of a format that Pillow cannot read")


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _orientation(image: "Image") -> int:
    if image.format == "TIFF":  # turned when loaded; older versions of Pillow still name it
        return 1
    try:
        return int(image.getexif().get(_EXIF_ORIENTATION, 1))
    except Exception:  # damaged EXIF data says nothing against the pixels
        return 1


def _pixels(image: "Image") -> Picture:
    if image.mode in ("1", "L") or image.mode.startswith("I"):
        return _grey_levels(image)
    if image.mode == "F":
        return array_picture(np.asarray(image))
    if image.mode in ("P", "PA") or (image.mode == "RGB" and "transparency" in image.info):
        # Of a copy, since Pillow writes the transparency into the image's palette.
        return array_picture(np.asarray(image.copy().convert("RGBA")))
    if image.mode in ("La", "RGBa"):
        return array_picture(np.asarray(image.convert(image.mode.upper())))
    if image.mode in ("LA", "RGBA"):
        return array_picture(np.asarray(image))
    if image.mode != "RGB":
        image = image.convert("RGB")
    # The formula of pixels.py, but a third of the memory.
    return Picture(np.asarray(image.convert("L")))


def _grey_levels(image: "Image") -> Picture:
    """Modes 1, L, I and I;16, with the transparent level that a PNG or GIF file may name.

    Pillow's own conversion finds that level in mode L only: it compares 16 bits with 8, and
    older versions compare 0 or 255 with 0 or 1.
    """
    values = np.asarray(image.convert("L") if image.mode == "1" else image)
    level = image.info.get("transparency")
    if level is None:
        return Picture(eight_bits(values))
    if image.mode == "1":
        level = 255 if level else 0
    elif image.mode == "L":
        level &= 255
    return Picture(eight_bits(values), (values != level) * np.uint8(255))
