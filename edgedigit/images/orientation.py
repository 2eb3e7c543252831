"""The orientation in which a picture was taken, out of EXIF data or an XMP packet."""

import re
import struct

ORIENTATION_TAG = 0x0112
"""The number of EXIF's and TIFF's entry for the orientation."""
# The first two are valid; Pillow takes the others too.
_TIFF_HEADERS = (b"MM\0*", b"II*\0", b"MM*\0", b"II\0*", b"MM\0+")
# EXIF's integer types by number.
_STRUCT_FORMATS = {3: "H", 4: "L", 6: "b", 8: "h", 9: "l"}


def _exif_orientation(exif: bytes) -> int | None:
    """Finds the orientation in an EXIF block (EXIF 2.3, sections 4.5 and 4.6.4).

    Args:
        exif: A TIFF header and its first directory, with or without "Exif" in front.

    Returns:
        1 to 8; 1 when the block or the entry is damaged; None when it has no such entry.
    """
    tiff = re.sub(rb"^(Exif\0\0){1,2}", b"", exif)
    if not tiff:
        return None
    if len(tiff) < 8 or tiff[:4] not in _TIFF_HEADERS:
        return 1
    order = "<" if tiff.startswith(b"II") else ">"
    try:
        entry = _find_entry(tiff, order)
    except struct.error:  # the directory goes beyond the end
        return None
    return None if entry is None else _first_value(tiff, order, *entry)


def _xmp_orientation(xmp: str) -> int | None:
    """Finds the orientation in an XMP packet: 0 to 9, None when it has none."""
    match = re.search(r'tiff:Orientation(?:="|>)([0-9])', xmp)
    return int(match[1]) if match else None


def find_orientation(exif: bytes | None, profile: str | None, xmp: str) -> int:
    """Finds the orientation where Pillow looks for it.

    Args:
        exif: The EXIF block, or None.
        profile: ImageMagick's text form of one, or None; it counts where there is no `exif`.
        xmp: The XMP packet, or ""; it counts where the others have no orientation.

    Returns:
        1 to 8 where it is valid; 1 when it is damaged or there is none.
    """
    found = None
    if exif is not None:
        found = _exif_orientation(exif)
    elif profile is not None:
        try:
            found = _exif_orientation(bytes.fromhex("".join(profile.split("\n")[3:])))
        except ValueError:
            found = 1
    if found is None and xmp:
        found = _xmp_orientation(xmp)
    return found or 1


def _find_entry(tiff: bytes, order: str) -> tuple[int, int, bytes] | None:
    (start,) = struct.unpack_from(order + "L", tiff, 4)
    (entries,) = struct.unpack_from(order + "H", tiff, start)
    for entry in range(start + 2, start + 2 + 12 * entries, 12):
        tag, field_type, count, value = struct.unpack_from(order + "HHL4s", tiff, entry)
        if tag == ORIENTATION_TAG:
            return field_type, count, value
    return None


def _first_value(tiff: bytes, order: str, field_type: int, count: int, value: bytes) -> int:
    if field_type not in _STRUCT_FORMATS or not count:
        return 1
    form = order + _STRUCT_FORMATS[field_type]
    size = count * struct.calcsize(form)
    if size > 4:  # then the entry holds only where they are
        (start,) = struct.unpack(order + "L", value)
        value = tiff[start : start + size]
    return int(struct.unpack_from(form, value)[0]) if len(value) >= size else 1
