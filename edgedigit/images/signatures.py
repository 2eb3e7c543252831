"""The types of picture files, by how they start."""

import re
from typing import NamedTuple

START_BYTES = 64
"""As much as the longest pattern below looks at, and Pillow's plugins too."""


class FileType(NamedTuple):
    """A type of picture files."""

    name: str
    plugin: str | None
    """Its name in Pillow, or in a plugin for it; None for what is not read."""
    needs: str = "Pillow"
    """The library that reads it, where this package's own decoders do not."""


PNG = FileType("PNG", "PNG")
NETPBM = FileType("netpbm", "PPM")
JPEG = FileType("JPEG", "JPEG")

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_FILE_TYPES = {
    re.escape(PNG_SIGNATURE): PNG,
    rb"P[1-6][ \t\n\v\f\r]": NETPBM,
    rb"\xff\xd8\xff": JPEG,
    rb"GIF8[79]a": FileType("GIF", "GIF"),
    rb"II[*+]\0|MM\0[*+]": FileType("TIFF", "TIFF"),
    rb"RIFF.{4}WEBP": FileType("WebP", "WEBP"),
    rb".{4}ftypavi[fs]": FileType("AVIF", "AVIF"),
    rb".{4}ftyp(?:hei[cmsx]|hev[cmsx]|mif1|msf1)": FileType(
        "HEIC", "HEIF", "Pillow and the pillow-heif plugin"
    ),
    rb"\0\0\0\x0cJXL |\xff\x0a": FileType("JPEG XL", "JXL", "Pillow and the pillow-jxl plugin"),
    rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51": FileType("JPEG 2000", "JPEG2000"),
    # The size of its second header, since texts start with BM too.
    rb"BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0": FileType("BMP", "BMP"),
    # What hardly anybody has is not read: its decoders are slow, and have had many faults.
    rb"Pf\s": FileType("PFM", None),
    rb"8BPS": FileType("PSD", None),
    rb"qoif": FileType("QOI", None),
    rb"DDS ": FileType("DDS", None),
    rb"\x01\xda[\0\x01][\x01\x02]": FileType("SGI", None),
    rb"\x59\xa6\x6a\x95": FileType("Sun raster", None),
    rb"\0\0[\x01\x02]\0": FileType("ICO", None),
    rb"icns": FileType("ICNS", None),
    rb"SIMPLE  =": FileType("FITS", None),
    rb"%PDF-": FileType("PDF", None),
    rb"%!PS|\xc5\xd0\xd3\xc6": FileType("PostScript", None),
    rb"\xd7\xcd\xc6\x9a\0\0|\x01\0\0\0.{36} EMF": FileType("Windows metafile", None),
}


def find_file_type(start: bytes) -> FileType | None:
    """The type of a file that starts so, whatever the rest is like; None where it is unknown.

    Args:
        start: The first `START_BYTES` of a file, or all of a shorter one.
    """
    for pattern, found in _FILE_TYPES.items():
        if re.match(pattern, start, re.DOTALL):
            return found
    return None
