"""Reads picture files with Pillow, and Pillow's own images.

To be imported where it is used and `pillow_setup.is_available`, since Pillow is slow to load. All
that Pillow says of a file (`info`, `size`, `mode`, the palette) may be made up by its writer.
"""

import contextlib
import functools
import importlib
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from PIL import Image

from edgedigit.errors import DamagedError, ImageError, TooLargeError, UnsupportedError
from edgedigit.images import pillow_setup
from edgedigit.images.file_checks import check_file
from edgedigit.images.orientation import ORIENTATION_TAG, find_orientation
from edgedigit.images.pages import (
    Pages,
    find_gif_frames,
    find_tiff_pages,
    with_tiff_page_first,
)
from edgedigit.images.pixels import (
    SAMPLE_SIDE,
    Grey,
    Picture,
    Values,
    array_picture,
    check_size,
    clearest_channel,
    eight_bits,
)
from edgedigit.images.png import without_foreign_chunks
from edgedigit.images.signatures import PNG, FileType
from edgedigit.limits import (
    ALWAYS_ALLOWED_BYTES,
    DECODED_BYTES_PER_PIXEL,
    DECODING_SECONDS,
    MAX_PAGES,
    MAX_PIXELS,
    PAGES_PIXELS_RATIO,
)

pillow_setup.settle()

_MIN_REDUCED_SIDE_SHARE = 0.85
_TILE_WIDTH_TAG, _TILE_LENGTH_TAG = 0x0142, 0x0143
_STRIP_PIXELS = 1 << 18
# Measured beside the file's own bytes, with what becomes of the pixels here; of JPEG 2000, AVIF and
# WebP libraries hold the picture several times.
_MEMORY_BYTES_PER_PIXEL = {"JPEG2000": 20, "AVIF": 20, "HEIF": 20, "WEBP": 17}
# CPU time in nanoseconds, for each sample of a pixel and for each byte of a file, at most.
_DECODING_NANOSECONDS = {
    "PNG": (5, 9),
    "JPEG": (2, 5),
    "JPEG progressive": (5, 16),
    "GIF": (10, 4),
    "TIFF": (2, 5),
    "TIFF lzma": (4, 40),
    "TIFF webp": (7, 75),
    "WEBP": (7, 75),
    "AVIF": (5, 75),
}
# Of what cannot be compressed.
_MAX_BYTES_PER_SAMPLE = 2
# Beside GIF, whose frames Pillow counts slowly; what its plugins call frames elsewhere is none.
_ANIMATED = {"WEBP", "AVIF"}
_PLUGIN_MODULES = {
    "PNG": "PngImagePlugin",
    "JPEG": "JpegImagePlugin",
    "GIF": "GifImagePlugin",
    "TIFF": "TiffImagePlugin",
    "WEBP": "WebPImagePlugin",
    "AVIF": "AvifImagePlugin",
    "JPEG2000": "Jpeg2KImagePlugin",
    "BMP": "BmpImagePlugin",
    "PPM": "PpmImagePlugin",
}
_UNSUPPORTED_PATTERN = (
    "(?i)unsupported|unimplemented|unknown (pixel mode|compression)|not (available|supported)"
)


def open_pages(
    data: bytes, file_type: FileType, max_pixels: int, largest_side: int | None = None
) -> Pages[Picture]:
    """Opens a file with the one plugin that is for its type; its pages can be read then.

    Those of TIFF files, and the frames of GIF, WebP and AVIF, are its pages; a preview behind a
    JPEG file's picture is none.

    Args:
        data: The file.
        file_type: Its type, as `find_file_type` finds it.
        max_pixels: The most pixels that a page may have. All of them may have `PAGES_PIXELS_RATIO`
            times as many.
        largest_side: What the longer side will be reduced to at most, by averages of whole
            blocks. JPEG files may come out smaller by then; None reads all pixels.

    Raises:
        DamagedError: It, or then a page, starts like a picture, but is damaged or truncated.
        UnsupportedError: It is of a format or kind that is not read, or not by this Pillow.
        TooLargeError: It has more pixels than allowed.
    """
    tiff_pages = find_tiff_pages(data) if file_type.name == "TIFF" else []
    gif = find_gif_frames(data) if file_type.name == "GIF" else None
    image = None if tiff_pages else _opened(data, file_type, max_pixels)
    total = len(tiff_pages) or (gif.total if gif else _frames(image))
    pixels = 0

    def read(number: int) -> Picture:
        nonlocal image, pixels
        if pixels >= PAGES_PIXELS_RATIO * max_pixels:
            raise TooLargeError(
                f"the pages before it have {pixels:,} pixels together, and "
                f"{PAGES_PIXELS_RATIO * max_pixels:,} are the limit"
            )
        page = image
        if page is None:
            start = tiff_pages[number] if number and tiff_pages else None
            file = data if start is None else with_tiff_page_first(data, start)
            page = _opened(file, file_type, max_pixels)
        if number and not tiff_pages:
            with _translated("the frame is damaged or truncated"):
                if gif is not None:  # Pillow takes memory for where they reach
                    check_size(gif.width, gif.height, max_pixels)
                page.seek(number)
        # What is read in order is decoded once; behind the last one its memory is free.
        image = None if tiff_pages or number == total - 1 else page
        pixels += page.width * page.height
        return _decoded(page, max_pixels, largest_side)

    return Pages(total, read)


def _frames(image: Image.Image | None) -> int:
    if image is None or image.format not in _ANIMATED:
        return 1
    return min(max(getattr(image, "n_frames", 1), 1), MAX_PAGES + 1)


def _opened(data: bytes, file_type: FileType, max_pixels: int) -> Image.Image:
    """Opens a file, once nothing that it says of itself speaks against its being decoded."""
    with _translated(f"damaged {file_type.name} file"):
        check_file(data, file_type, max_pixels)
        if file_type is PNG:
            data = without_foreign_chunks(data)
        image = _open(data, file_type)
        check_size(*image.size, max_pixels)
        _check_memory(image, max_pixels)
        _check_time(image, len(data), max_pixels)
        if image.format == "TIFF":
            _check_tiles(image, max_pixels)
    return image


def _decoded(image: Image.Image, max_pixels: int, largest_side: int | None) -> Picture:
    try:
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
    with _translated("the picture is damaged or truncated"):
        check_size(*image.size, max_pixels)
        if largest_side is not None and image.format == "JPEG":
            _reduce_ahead(image, largest_side)
        image.load()
        return _pixels(image)


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


def _open(data: bytes, file_type: FileType) -> Image.Image:
    """Does what PIL.Image.open does, with one plugin, and no limit of Pillow's own.

    Pillow warns about pictures that are large but within our limit. A warning can be kept from
    the user only by changing the filters of the whole process, which other threads use too.
    """
    assert file_type.plugin is not None
    _load_plugin(file_type.plugin)
    if file_type.plugin not in Image.OPEN:
        raise UnsupportedError(f"{file_type.name} files need {file_type.needs}")
    factory, accepts = Image.OPEN[file_type.plugin]
    accepted = accepts is None or accepts(data[:16])
    if isinstance(accepted, str):  # this Pillow lacks the codec
        raise UnsupportedError(accepted)
    if not accepted:
        raise DamagedError(f"damaged {file_type.name} file")
    if file_type.plugin == "JPEG":
        factory = _jpeg_factory()
    image: Image.Image = factory(io.BytesIO(data), "")
    slow = {tile[0] for tile in getattr(image, "tile", ())} & set(Image.DECODERS)
    if slow and file_type.plugin != "PPM":  # decoders in Python, which take seconds
        raise UnsupportedError(f"{file_type.name} files of the kind {', '.join(slow)}")
    return image


def _load_plugin(name: str) -> None:
    if name in _PLUGIN_MODULES:
        with contextlib.suppress(ImportError):  # older versions of Pillow have fewer
            importlib.import_module(f"PIL.{_PLUGIN_MODULES[name]}")
    elif name == "HEIF" and name not in Image.OPEN:
        with contextlib.suppress(ImportError):  # then the error names what is missing
            import pillow_heif

            pillow_heif.register_heif_opener()


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


@contextlib.contextmanager
def _translated(what: str) -> Iterator[None]:
    """Raises the errors that `decode` names in place of what Pillow's plugins raise: nearly all."""
    try:
        yield
    except (ImageError, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        limit = "too large for Pillow, see PIL.Image.MAX_IMAGE_PIXELS"
        raise TooLargeError(f"{limit}: {error}") from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:  # of the disk, not the content
            raise
        reason = str(error) or type(error).__name__
        if re.search(_UNSUPPORTED_PATTERN, reason):
            message = f"Pillow cannot read this kind of file: {reason}"
            raise UnsupportedError(message) from error
        raise DamagedError(f"{what}: {reason}") from error


def _check_memory(image: Image.Image, max_pixels: int) -> None:
    """Refuses what takes more memory than a picture of the most pixels in the usual formats."""
    needed = _MEMORY_BYTES_PER_PIXEL.get(str(image.format), 0)
    if image.format == "JPEG" and image.info.get("progressive"):
        # All coefficients are held, 2 bytes each.
        layers = image.layer  # type: ignore[attr-defined]
        most = max(across * down for _, across, down, _ in layers)
        needed = 6 + -(-2 * sum(across * down for _, across, down, _ in layers) // most)
    width, height = image.size
    limit = max(DECODED_BYTES_PER_PIXEL * max_pixels, ALWAYS_ALLOWED_BYTES)
    if needed * width * height > limit:
        raise TooLargeError(
            f"the picture is too large: {width} x {height} pixels take {needed} bytes each to be "
            f"decoded from {image.format}, and {limit:,} bytes are the limit"
        )


def _check_time(image: Image.Image, file_bytes: int, max_pixels: int) -> None:
    """Refuses what takes longer than anybody waits for a picture."""
    kind = "progressive" if image.info.get("progressive") else image.info.get("compression")
    of_sample, of_byte = _DECODING_NANOSECONDS.get(
        f"{image.format} {kind}", _DECODING_NANOSECONDS.get(str(image.format), (0, 0))
    )
    width, height = image.size
    samples = width * height * len(image.getbands())
    coded = min(file_bytes, _MAX_BYTES_PER_SAMPLE * samples)  # the rest is other pages, or nothing
    seconds = (of_sample * samples + of_byte * coded) / 1e9
    limit = DECODING_SECONDS * max(max_pixels / MAX_PIXELS, 1)
    if seconds > limit:
        raise TooLargeError(
            f"the picture is too large: {width} x {height} pixels take {seconds:.1f} s to be "
            f"decoded from {file_bytes:,} bytes of {image.format}, {limit:.1f} s are the limit "
            "(max_pixels)"
        )


def _check_tiles(image: Image.Image, max_pixels: int) -> None:
    """TIFF's tiles are decoded whole, however small the picture is."""
    tags = image.tag_v2  # type: ignore[attr-defined]
    width, height = tags.get(_TILE_WIDTH_TAG, 1), tags.get(_TILE_LENGTH_TAG, 1)
    if isinstance(width, int) and isinstance(height, int):
        check_size(width, height, max_pixels)


def _file_orientation(image: Image.Image) -> int:
    """The orientation in a file, without Pillow's warnings of damaged EXIF data."""
    if image.format == "TIFF":
        return 1
    exif, profile = image.info.get("exif"), image.info.get("Raw profile type exif")
    xmp = image.info.get("XML:com.adobe.xmp") or image.info.get("xmp")
    if isinstance(xmp, bytes):
        xmp = xmp.decode("latin-1")
    return find_orientation(
        exif if isinstance(exif, bytes) else None,
        profile if isinstance(profile, str) else None,
        xmp if isinstance(xmp, str) else "",
    )


def _orientation(image: Image.Image) -> int:
    if image.format == "TIFF":  # turned when loaded; older versions of Pillow still name it
        return 1
    try:
        return int(image.getexif().get(ORIENTATION_TAG, 1))
    except Exception:  # damaged EXIF data says nothing against the pixels
        return 1


def _pixels(image: Image.Image) -> Picture:
    transparency = _transparency(image)
    if image.mode in ("1", "L") or image.mode.startswith("I"):
        return _grey_levels(image, transparency)
    if image.mode == "F":
        return array_picture(_in_strips(image, np.asarray))
    has_alpha = image.mode in ("La", "LA", "PA", "RGBa", "RGBA")
    has_alpha |= image.mode == "P" and str(getattr(image.palette, "mode", "")).endswith("A")
    if has_alpha or transparency is not None:
        of_channel = functools.partial(_channel_beside_alpha, transparency=transparency)
        grey, alpha = (
            _in_strips(image, functools.partial(of_channel, channel=name)) for name in "LA"
        )
        return Picture(grey, alpha)
    # What pixels.py does with all three channels.
    sample = image.resize((SAMPLE_SIDE, SAMPLE_SIDE), Image.Resampling.NEAREST)
    sample.info.pop("transparency", None)  # which may be anything
    channel = clearest_channel(np.asarray(sample.convert("RGB")))
    return Picture(_in_strips(image, functools.partial(_grey, channel=channel)))


def _in_strips(image: Image.Image, convert: Callable[[Image.Image], Values]) -> Values:
    """What a function makes of the rows of an image: all at once take a multiple of the memory."""
    width, height = image.size
    rows = max(_STRIP_PIXELS // width, 1)

    def strip(top: int) -> Image.Image:
        # To crop a picture is up to Pillow's own limit; most are one strip.
        is_all = rows >= height
        if is_all and "transparency" not in image.info:
            return image
        part = image.copy() if is_all else image.crop((0, top, width, min(top + rows, height)))
        part.info.pop("transparency", None)  # which may be anything
        return part

    parts = (convert(strip(top)) for top in range(0, height, rows))
    first = next(parts)
    if len(first) == height:
        return first
    values = np.empty((height, *first.shape[1:]), first.dtype)
    values[:rows] = first
    for top, part in zip(range(rows, height, rows), parts, strict=True):
        values[top : top + rows] = part
    return values


def _grey(image: Image.Image, channel: int | None) -> Grey:
    """The luminance, or one channel of red, green and blue."""
    image = image if image.mode == "RGB" else image.convert("RGB")
    return np.asarray(image.convert("L") if channel is None else image.getchannel(channel))


def _channel_beside_alpha(image: Image.Image, transparency: object, channel: str) -> Grey:
    """Luminance, "L", or alpha, "A", of an image that is nobody else's."""
    if transparency is not None:
        image.info["transparency"] = transparency
    if image.mode in ("La", "RGBa"):
        image = image.convert(image.mode.upper())
    elif image.mode not in ("LA", "RGBA"):
        image = image.convert("RGBA")
    return np.asarray(image.convert("L") if channel == "L" else image.getchannel("A"))


def _transparency(image: Image.Image) -> Any:
    """The level, index, colour or table of alphas that a file says is transparent, or None."""
    value: Any = image.info.get("transparency")
    if image.mode in ("P", "PA"):
        is_one = isinstance(value, int | bytes)
    elif image.mode == "RGB":
        is_one = isinstance(value, tuple) and len(value) == 3
        is_one = is_one and all(isinstance(part, int) for part in value)
    else:
        is_one = isinstance(value, int)
        is_one = is_one and (image.mode in ("1", "L") or image.mode.startswith("I"))
    return value if is_one else None


def _grey_levels(image: Image.Image, level: int | None) -> Picture:
    """Modes 1, L, I and I;16, with the transparent level that a PNG or GIF file may name.

    Pillow's own conversion finds that level in mode L only: it compares 16 bits with 8, and
    older versions compare 0 or 255 with 0 or 1.
    """
    as_levels: Callable[[Image.Image], Values] = np.asarray
    if image.mode == "1":
        as_levels = _of_two_tones
    values = _in_strips(image, as_levels)
    if level is None:
        return Picture(eight_bits(values))
    if image.mode == "1":
        level = 255 if level else 0
    elif image.mode == "L":
        level &= 255
    return Picture(eight_bits(values), (values != level) * np.uint8(255))


def _of_two_tones(image: Image.Image) -> Grey:
    return np.asarray(image.convert("L"))
