"""Small files that ask for much: passes, blocks, entries, segments without an end."""

import struct


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg_of_scans(side: int, scans: int) -> bytes:
    """A grey progressive JPEG of so many refinement scans without content."""
    blocks = (-(-side // 8)) ** 2
    data = b"\xff\xd8" + _segment(0xDB, b"\0" + b"\1" * 64)
    data += _segment(0xC2, struct.pack(">BHHB", 8, side, side, 1) + b"\1\x11\0")
    data += _segment(0xC4, b"\0" + bytes([1] + [0] * 15) + b"\0")
    # The run of 2**14 blocks and more has a code of one bit, those below one of five.
    symbols = bytes([0xE0] + [power << 4 for power in range(14)])
    data += _segment(0xC4, b"\x10" + bytes([1, 0, 0, 0, 14] + [0] * 11) + symbols)
    data += _segment(0xDA, b"\1\1\0\0\0\0") + bytes((blocks + 7) // 8)
    runs = _run_bits(blocks)
    data += _segment(0xDA, b"\1\1\0\1\x3f\0") + runs
    return data + (_segment(0xDA, b"\1\1\0\1\x3f\x10") + runs) * (scans - 2) + b"\xff\xd9"


def _run_bits(blocks: int) -> bytes:
    bits = ""
    while blocks:
        power = min(blocks.bit_length() - 1, 14)
        run = min(blocks, (2 << power) - 1)
        bits += "0" if power == 14 else f"{0b10000 + power:05b}"
        bits += f"{run - (1 << power):0{power}b}" if power else ""
        blocks -= run
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")


def jpeg_of_segments(count: int, junk: int = 0) -> bytes:
    """A JPEG with so many comments, or so many bytes that are nothing, before its frame."""
    return b"\xff\xd8" + _segment(0xFE, b"") * count + bytes(junk) + jpeg_of_scans(64, 3)[2:]


def gif_of_blocks(count: int, label: bytes, junk: int = 0) -> bytes:
    """A GIF with so many blocks of a byte in one extension, or so many bytes that are nothing."""
    data = b"GIF89a" + struct.pack("<HHBBB", 20, 20, 0x80, 0, 0) + bytes(6)
    data += b"!" + label + b"\1a" * count + b"\0" + b"\7" * junk
    # Codes of three bits: clear the table, twice the first colour, again and again, and the end.
    codes = sum(code << 3 * place for place, code in enumerate([4, 0, 0] * 200 + [5]))
    packed = codes.to_bytes(226, "little")
    frame = b"," + struct.pack("<HHHHB", 0, 0, 20, 20, 0)
    return data + frame + b"\2" + bytes([len(packed)]) + packed + b"\0;"


def tiff_of_entries(entries: int, count: int, tag: int = 1000) -> bytes:
    """A TIFF with so many further entries, each of which names so many values in one place."""
    usual = {256: 64, 257: 64, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 64, 279: 4096}
    body = [struct.pack("<HHLL", name, 4, 1, value) for name, value in usual.items() if name != tag]
    body += [struct.pack("<HHLL", tag + number, 4, count, 8) for number in range(entries)]
    pixels = bytes(max(4096, 4 * count if count > 1 else 0))
    start = b"II*\0" + struct.pack("<L", 8 + len(pixels)) + pixels
    return start + struct.pack("<H", len(body)) + b"".join(sorted(body)) + bytes(4)


def run_length_bmp(width: int, height: int) -> bytes:
    """A BMP of one pixel and the end of its row, row by row, which Pillow fills in Python."""
    rows = b"\1\1\0\0" * min(height, 7000)
    start = 54 + 1024
    head = b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start)
    form = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(rows), 0, 0, 256, 0)
    return head + form + bytes(1024) + rows
