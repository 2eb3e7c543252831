"""Reads picture files with Pillow, and Pillow's own images.

To be imported where it is used and `pillow_setup.is_available`, since Pillow is slow to load.
"""

import contextlib
import functools
import importlib
import io
import re
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from edgedigit.errors import DamagedError, ImageError, TooLargeError, UnsupportedError
from edgedigit.images import pillow_setup
from edgedigit.images.claimed_sizes import ico_sizes, webp_sizes
from edgedigit.images.orientation import ORIENTATION_TAG, find_orientation
from edgedigit.images.pixels import (
    SAMPLE_SIDE,
    Picture,
    array_picture,
    check_size,
    clearest_channel,
    eight_bits,
)
from edgedigit.images.signatures import FileType

pillow_setup.settle()

_MIN_REDUCED_SIDE_SHARE = 0.85
_TILE_WIDTH_TAG, _TILE_LENGTH_TAG = 0x0142, 0x0143
# Programs (for EPS, Pillow would run Ghostscript), data and documents that are no pictures, and
# containers of which only Pillow's own limit, which may be off, bounds the content.
_REFUSED_PLUGINS = {
    *("EPS", "WMF"),
    *("BUFR", "GRIB", "HDF5", "MPEG", "FPX", "MIC"),
    *("BLP", "FITS", "ICNS", "IPTC"),
}
_PLUGIN_MODULES = {"JPEG": "PIL.JpegImagePlugin", "PNG": "PIL.PngImagePlugin"}
_CLAIMED_SIZES = {"WebP": webp_sizes, "ICO": ico_sizes}
_UNSUPPORTED_PATTERN = (
    "(?i)unsupported|unimplemented|unknown (pixel mode|compression)|not (available|supported)"
)


def opens(start: bytes) -> bool:
    """Whether a file that starts so is one that Pillow would read."""
    try:
        _open(io.BytesIO(start), None)
    except ImageError:
        return False
    return True


def decode(
    file: BinaryIO, file_type: FileType | None, max_pixels: int, largest_side: int | None = None
) -> Picture:
    """Reads a file of any format that the installed Pillow knows; of several frames, the first.

    Args:
        file: The file, at its start; Pillow reads as much of it as it needs.
        file_type: Its type, as `find_file_type` finds it.
        max_pixels: The most pixels that it may have.
        largest_side: What the longer side will be reduced to at most, by averages of whole
            blocks. JPEG files may come out smaller by then; None reads all pixels.

    Raises:
        DamagedError: It starts like a picture, but is damaged or truncated.
        UnsupportedError: It is of a format that the installed Pillow cannot read.
        TooLargeError: It has more pixels than allowed.
        ImageError: It is no picture.
        OSError: The file cannot be read.
    """
    if file_type is not None and file_type.name in _CLAIMED_SIZES:
        for width, height in _CLAIMED_SIZES[file_type.name](file):
            check_size(width, height, max_pixels)
        file.seek(0)
    image = _open(file, file_type)
    try:
        if image.format == "TIFF":
            _check_tiles(image, max_pixels)
        picture = _read(image, max_pixels, largest_side)
    except ImageError as error:
        if type(error) is ImageError:  # read in full, but its values are no grey levels
            raise UnsupportedError(str(error)) from error
        raise
    return picture._replace(orientation=_file_orientation(image))


def read_image(image: Image.Image, max_pixels: int) -> Picture:
    """Reads the pixels of one of Pillow's images, of any mode, and leaves it as it is.

    Args:
        image: An image; if its file has not been read yet, it is now.
        max_pixels: The most pixels that it may have.

    Raises:
        ImageError: Its values are no grey levels.
        DamagedError: Its file is damaged or truncated, or it is empty.
        TooLargeError: It has more pixels than allowed.
    """
    return _read(image, max_pixels)._replace(orientation=_orientation(image))


def _read(image: Image.Image, max_pixels: int, largest_side: int | None = None) -> Picture:
    check_size(*image.size, max_pixels)
    try:
        if largest_side is not None and image.format == "JPEG":
            _reduce_ahead(image, largest_side)
        image.load()
        return _pixels(image)
    except Exception as error:  # damaged files make Pillow's plugins raise nearly anything
        fault = _translated(error, "the picture is damaged or truncated")
        if fault is error:
            raise
        raise fault from error


def _reduce_ahead(image: Image.Image, largest_side: int) -> None:
    """Has the decoder leave out colours, and average blocks of 2, 4 or 8 pixels a side.

    That saves it most of its work. Blocks are averaged where what comes out in the end is hardly
    smaller than from all pixels.
    """
    width, height = image.size
    longest = max(width, height)
    if longest <= largest_side:
        return
    enough = _MIN_REDUCED_SIDE_SHARE * _reduced(longest, largest_side)
    block = 8
    while _reduced(-(-longest // block), largest_side) < enough:
        block //= 2
    image.draft("L", (max(width // block, 1), max(height // block, 1)))


def _reduced(longest: int, largest_side: int) -> int:
    """A side after the reduction by averages of whole blocks."""
    return longest // -(-longest // largest_side)


def _open(file: BinaryIO, file_type: FileType | None) -> Image.Image:
    """Does what PIL.Image.open does, with `check_size` in place of Pillow's own limit.

    Pillow warns about pictures that are large but within our limit. A warning can be kept from
    the user only by changing the filters of the whole process, which other threads use too.
    """
    start = file.read(16)
    missing = []
    refusals = []
    tried = set(_REFUSED_PLUGINS)
    # The most usual formats, the usual ones, then all: to load them takes longer than to read.
    for load_plugins in (functools.partial(_load_plugin, file_type), Image.preinit, Image.init):
        load_plugins()
        for name in [name for name in Image.ID if name not in tried]:
            tried.add(name)
            factory, accepts = _plugin(name)
            try:
                accepted = accepts is None or accepts(start)
                if isinstance(accepted, str):  # recognised, but this Pillow lacks the codec
                    missing.append(accepted)
                elif accepted:
                    file.seek(0)
                    image: Image.Image = factory(file, "")
                    return image
            except Exception as error:  # see _read
                fault = _translated(error, name)
                if fault is error:
                    raise
                if isinstance(fault, TooLargeError):
                    raise fault from error
                if accepts is not None:
                    refusals.append(f"{name}: {_reason(error)}")
    raise _unopened(file_type, missing, refusals)


def _unopened(file_type: FileType | None, missing: list[str], refusals: list[str]) -> ImageError:
    if missing:
        return UnsupportedError("; ".join(missing))
    why = "; ".join(refusals)
    if file_type is None:
        reason = "not a picture, or of a format that Pillow cannot read"
        return ImageError(f"{reason} ({why})" if why else reason)
    if file_type.plugin not in Image.OPEN:
        return UnsupportedError(f"{file_type.name} files need {file_type.needs}")
    return _damaged_or_unsupported(f"damaged {file_type.name} file", why)


def _load_plugin(file_type: FileType | None) -> None:
    if file_type is not None and file_type.plugin in _PLUGIN_MODULES:
        importlib.import_module(_PLUGIN_MODULES[file_type.plugin])
    if file_type is not None and file_type.plugin == "HEIF" and "HEIF" not in Image.OPEN:
        with contextlib.suppress(ImportError):  # then the error names what is missing
            import pillow_heif

            pillow_heif.register_heif_opener()


def _plugin(name: str) -> tuple[Any, Any]:
    factory, accepts = Image.OPEN[name]
    return (_jpeg_factory() if name == "JPEG" else factory), accepts


@functools.cache
def _jpeg_factory() -> Any:
    """Pillow's reader of JPEG, without what it does beside that, and warns of where it fails.

    It looks for further pictures behind the first, and for the resolution in the EXIF data.
    """
    from PIL import JpegImagePlugin

    class Jpeg(JpegImagePlugin.JpegImageFile):
        def getexif(self) -> Any:
            return {}

    return Jpeg


def _translated(error: Exception, what: str) -> Exception:
    """The error for one that Pillow has raised; itself, if the content is not its cause."""
    if isinstance(error, ImageError | MemoryError):
        return error
    if isinstance(error, OSError) and error.errno is not None:  # of the disk, not of the content
        return error
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return TooLargeError(f"too large for Pillow, see PIL.Image.MAX_IMAGE_PIXELS: {error}")
    return _damaged_or_unsupported(what, _reason(error))


def _damaged_or_unsupported(what: str, reason: str) -> ImageError:
    if re.search(_UNSUPPORTED_PATTERN, reason):
        return UnsupportedError(f"Pillow cannot read this kind of file: {reason}")
    return DamagedError(f"{what}: {reason}")


def _check_tiles(image: Image.Image, max_pixels: int) -> None:
    """TIFF's tiles are decoded whole, however small the picture is."""
    tags = image.tag_v2  # type: ignore[attr-defined]
    width, height = tags.get(_TILE_WIDTH_TAG, 1), tags.get(_TILE_LENGTH_TAG, 1)
    if isinstance(width, int) and isinstance(height, int):
        check_size(width, height, max_pixels)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _file_orientation(image: Image.Image) -> int:
    """The orientation in a file, without Pillow's warnings of damaged EXIF data."""
    if image.format == "TIFF":
        return 1
    info = image.info
    xmp = info.get("XML:com.adobe.xmp") or info.get("xmp") or ""
    if isinstance(xmp, bytes):
        xmp = xmp.decode("latin-1")
    return find_orientation(info.get("exif"), info.get("Raw profile type exif"), xmp)


def _orientation(image: Image.Image) -> int:
    if image.format == "TIFF":  # turned when loaded; older versions of Pillow still name it
        return 1
    try:
        return int(image.getexif().get(ORIENTATION_TAG, 1))
    except Exception:  # damaged EXIF data says nothing against the pixels
        return 1


def _pixels(image: Image.Image) -> Picture:
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
    # What pixels.py does with all three channels, in a third of the memory.
    side = (SAMPLE_SIDE, SAMPLE_SIDE)
    channel = clearest_channel(np.asarray(image.resize(side, Image.Resampling.NEAREST)))
    grey = image.convert("L") if channel is None else image.getchannel(channel)
    return Picture(np.asarray(grey))


def _grey_levels(image: Image.Image) -> Picture:
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
