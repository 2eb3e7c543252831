"""The picture formats by how their files start."""

import re
from typing import NamedTuple

# As much as the longest pattern below looks at, and Pillow's plugins too.
START_BYTES = 64


class Format(NamedTuple):
    """A kind of picture files."""

    name: str
    plugin: str | None
    """What Pillow, or a plugin for it, calls it; None for drawings, which are programs."""
    needs: str = "Pillow"
    """What reads it, where this package's own decoders do not."""


PNG = Format("PNG", "PNG")
NETPBM = Format("netpbm", "PPM")
JPEG = Format("JPEG", "JPEG")

PNG_START = b"\x89PNG\r\n\x1a\n"

_STARTS = {
    re.escape(PNG_START): PNG,
    rb"P[1-6][ \t\n\v\f\r]": NETPBM,
    rb"\xff\xd8\xff": JPEG,
    rb"GIF8[79]a": Format("GIF", "GIF"),
    rb"II[*+]\0|MM\0[*+]": Format("TIFF", "TIFF"),
    rb"RIFF.{4}WEBP": Format("WebP", "WEBP"),
    rb".{4}ftypavi[fs]": Format("AVIF", "AVIF"),
    rb".{4}ftyp(?:hei[cmsx]|hev[cmsx]|mif1|msf1)": Format(
        "HEIC", "HEIF", "Pillow and the pillow-heif plugin"
    ),
    rb"\0\0\0\x0cJXL |\xff\x0a": Format("JPEG XL", "JXL", "Pillow and the pillow-jxl plugin"),
    rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51": Format("JPEG 2000", "JPEG2000"),
    # The size of its second header, since texts start with BM too.
    rb"BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0": Format("BMP", "BMP"),
    rb"Pf\s": Format("PFM", "PPM"),
    rb"8BPS": Format("PSD", "PSD"),
    rb"qoif": Format("QOI", "QOI"),
    rb"\0\0\x01\0": Format("ICO", "ICO"),
    rb"%!PS|\xc5\xd0\xd3\xc6": Format("PostScript", None),
    rb"\xd7\xcd\xc6\x9a\0\0|\x01\0\0\0.{36} EMF": Format("Windows metafile", None),
}


def find_format(start: bytes) -> Format | None:
    """The format of a file that starts so, which says nothing of the rest; None: of no known one.

    Args:
        start: The first `START_BYTES` of a file, or all of a shorter one.
    """
    for pattern, found in _STARTS.items():
        if re.match(pattern, start, re.DOTALL):
            return found
    return None
