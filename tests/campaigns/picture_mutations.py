"""Picture files that are nearly right: valid PNG and netpbm files, changed so that it hurts.

Changing bytes at random is mostly answered by a checksum or by the first number of the header. So
most changes here keep the form: chunks get right checksums, image data is inflated, changed and
deflated again, and numbers are replaced by other numbers.
"""

import random
import re
import struct
import zlib
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from tests.support.picture_files import (
    CHANNELS,
    SIGNATURE,
    chunk,
    netpbm_file,
    png_file,
    tiff_orientation,
)

_Chunk = tuple[bytes, bytes]

_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_FILTERS = ((0,), (1,), (2,), (3,), (4,), (4, 0, 3, 1, 2))
_SIZES = (
    *((1, 1), (1, 40), (40, 1), (2, 3), (3, 2), (5, 5)),
    *((7, 9), (8, 8), (9, 17), (16, 5), (33, 31), (40, 40)),
)
_INTEGERS = (
    *(0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100, 127, 128, 255, 256, 257, 1000),
    *(4096, 32767, 32768, 65534, 65535, 65536, 100_000, 100_001, 1_000_001),
    *(2**31 - 1, 2**31, 2**32 - 1),
)
_NUMBERS = (
    *(b"-1", b"-0", b"+1", b"01", b"1_0", b"_1", b"0x10", b"1.5", b"1e2", b"nan", b"", b"#"),
    *(b"\xd9\xa1", b"\xb2", b"4294967297", b"18446744073709551617", b"0000000001", b"00000000001"),
)
_BLANKS = (
    b" ",
    b"\n",
    b"\r",
    b"\t",
    b"\v",
    b"\f",
    b"\0",
    b"\x85",
    b"\xa0",
    b"\x1c",
    b"#",
    b"# c\n",
)
_PACKED = (zlib.compress(bytes(1 << 21)), zlib.compress(b"9" * 70_000), zlib.compress(b"junk"))
_NAMES = (
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"acTL"),
    *(b"fcTL", b"fdAT", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"pHYs", b"tIME", b"bKGD", b"DDAT"),
    *(b"prVt", b"a-b!", b"\0\0\0\0", b"\xc3\xa9ab", b"_1_2"),
)


def png_seeds() -> list[bytes]:
    """Valid PNG files of every colour type, depth, interlacing and filter."""
    rng = np.random.default_rng(1)
    kinds = [(colour, depth) for colour, depths in _DEPTHS.items() for depth in depths]
    seeds = []
    for i, ((colour, depth), interlace) in enumerate(product(kinds * 6, (False, True))):
        size = _SIZES[i % len(_SIZES)]
        # Few levels, so that a transparent one is met, and more that use the whole range.
        top = 1 << depth
        samples = rng.integers(0, top, (*size, CHANNELS[colour])) // (1 + i % 2 * top // 4)
        seeds.append(
            png_file(
                samples,
                depth,
                colour,
                interlace=interlace,
                filters=_FILTERS[i // 7 % len(_FILTERS)],
                before=_extras(rng, colour, depth, i),
                level=(6, 0, 9)[i % 3],
            )
        )
    return seeds


def _extras(rng: np.random.Generator, colour: int, depth: int, i: int) -> bytes:
    extras = b""
    if colour == 3:
        extras += chunk(b"PLTE", rng.bytes(3 * (1 << depth)))
    if i % 3 == 1 and colour in (0, 2, 3):
        length = (1 << depth) // 2 if colour == 3 else 2 * CHANNELS[colour]
        extras += chunk(b"tRNS", rng.bytes(length) if colour == 3 else bytes(length))
    if i % 5 == 1:
        extras += chunk(b"eXIf", tiff_orientation(1 + i % 8, "<>"[i % 2]))
    if i % 7 == 1:
        xmp = b'<rdf:Description tiff:Orientation="%d"/>' % (1 + i % 8)
        extras += chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(xmp))
    if i % 11 == 1:
        profile = b"\nexif\n      26\n" + tiff_orientation(6).hex().encode()
        extras += chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(profile))
    return extras


def netpbm_seeds() -> list[bytes]:
    """Valid PBM, PGM and PPM files, plain and binary, and PAM files, which nothing here reads."""
    rng = np.random.default_rng(2)
    seeds = []
    for kind, size in product((1, 4), _SIZES):
        seeds.append(netpbm_file(kind, rng.integers(0, 2, size)))
    maxvals = (1, 2, 9, 99, 254, 255, 256, 1000, 4095, 65534, 65535)
    for i, (kind, maxval) in enumerate(product((2, 3, 5, 6), maxvals)):
        height, width = _SIZES[i % len(_SIZES)]
        shape = (height, width, 3) if kind in (3, 6) else (height, width)
        seeds.append(netpbm_file(kind, rng.integers(0, maxval + 1, shape), maxval))
    commented = [seed.replace(b"\n", b"\n# a comment\n", 1) for seed in seeds[::3]]
    tuples = (b"BLACKANDWHITE", b"GRAYSCALE", b"RGB", b"GRAYSCALE_ALPHA", b"RGB_ALPHA")
    pams = [
        b"P7\nWIDTH 3\nHEIGHT 2\nDEPTH %d\nMAXVAL 255\nTUPLTYPE %s\nENDHDR\n" % (depth, name)
        + rng.bytes(6 * depth)
        for depth, name in zip((1, 1, 3, 2, 4), tuples, strict=True)
    ]
    return seeds + commented + pams


def mutant(seeds: Sequence[bytes], dice: random.Random) -> bytes:
    """A changed copy of one of the files.

    Args:
        seeds: Files of one kind, PNG or netpbm; some changes mix two of them.
        dice: Decides which, and what happens to it: the same dice give the same copy.
    """
    data = dice.choice(seeds)
    change = _change_png if data.startswith(SIGNATURE) else _change_netpbm
    data = change(data, dice.choice(seeds), dice)
    if dice.random() < 0.2:
        data = change_bytes(data, dice)
    return data


# Bytes, whatever they mean


def change_bytes(data: bytes, dice: random.Random) -> bytes:
    """A copy of any file in which some bytes are changed, put in, taken out or cut off."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 5))):
        at, length = dice.randint(0, len(changed)), dice.choice((0, 1, 1, 2, 4, 9))
        part = changed[at : at + length]
        changed[at : at + length] = dice.choice(
            (
                bytes(byte ^ 1 << dice.randrange(8) for byte in part),
                bytes(byte + dice.choice((-1, 1)) & 255 for byte in part),
                dice.randbytes(length),
                part * 2,
                bytes(length),
                b"\xff" * length,
                b"",
            )
        )
    if dice.random() < 0.2:
        del changed[dice.randint(0, len(changed)) :]
    return bytes(changed)


# PNG


def _change_png(data: bytes, other: bytes, dice: random.Random) -> bytes:
    chunks = _chunks(data)
    for _ in range(dice.choice((1, 1, 2, 3))):
        change = dice.choices(list(_PNG_CHANGES), list(_PNG_CHANGES.values()))[0]
        chunks = change(chunks, _chunks(other), dice) or chunks
    written = [bytearray(chunk(name, body)) for name, body in chunks]
    if written and dice.random() < 0.1:
        _change_frame(dice.choice(written), dice)
    return SIGNATURE + b"".join(written)


def _chunks(data: bytes) -> list[_Chunk]:
    found, position = [], len(SIGNATURE)
    while position < len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        found.append((name, data[position + 8 : position + 8 + length]))
        position += 12 + length
    return found


def _change_frame(written: bytearray, dice: random.Random) -> None:
    """Gives a chunk a wrong length or a wrong checksum."""
    if dice.random() < 0.5:
        length = struct.unpack_from(">I", written)[0] + dice.choice((-1, 1, 12, *_INTEGERS))
        struct.pack_into(">I", written, 0, length & 0xFFFFFFFF)
    else:
        written[-dice.randint(1, 4)] ^= 1 << dice.randrange(8)


def _change_header(chunks: list[_Chunk], _: list[_Chunk], dice: random.Random) -> list[_Chunk]:
    body = bytearray(chunks[0][1].ljust(13, b"\0"))
    if dice.random() < 0.4:
        struct.pack_into(">I", body, dice.choice((0, 4)), _near(_side(body, dice), dice))
    elif dice.random() < 0.5:
        colour = dice.choice(list(_DEPTHS))
        body[8:10] = dice.choice(_DEPTHS[colour]), colour
    else:
        body[dice.randrange(8, 13)] = dice.choice((0, 1, 2, 3, 4, 5, 6, 8, 16, 32, 255))
    return [(chunks[0][0], bytes(body)), *chunks[1:]]


def _side(header: bytes | bytearray, dice: random.Random) -> int:
    return int(struct.unpack_from(">I", header, dice.choice((0, 4)))[0])


def _near(value: int, dice: random.Random) -> int:
    return dice.choice((value - 1, value + 1, 2 * value, dice.choice(_INTEGERS))) & 0xFFFFFFFF


def _change_order(chunks: list[_Chunk], other: list[_Chunk], dice: random.Random) -> list[_Chunk]:
    at = dice.randrange(len(chunks) + 1)
    taken = chunks[at : at + 1]
    rest = chunks[:at] + chunks[at + 1 :]
    to = dice.randrange(len(rest) + 1)
    return dice.choice(
        (
            rest,
            rest[:to] + taken + rest[to:],
            chunks[:to] + taken + chunks[to:],
            [*chunks[:at], dice.choice(other), *chunks[at:]],
            chunks[:at] + other[at:],
        )
    )


def _change_body(chunks: list[_Chunk], _: list[_Chunk], dice: random.Random) -> list[_Chunk]:
    at = dice.randrange(len(chunks) or 1)
    return [
        (name, change_bytes(body, dice)) if i == at else (name, body)
        for i, (name, body) in enumerate(chunks)
    ]


def _change_name(chunks: list[_Chunk], _: list[_Chunk], dice: random.Random) -> list[_Chunk]:
    at = dice.randrange(len(chunks) or 1)
    name = dice.choice(_NAMES)
    return [(name, body) if i == at else (old, body) for i, (old, body) in enumerate(chunks)]


def _add_chunk(chunks: list[_Chunk], _: list[_Chunk], dice: random.Random) -> list[_Chunk]:
    at = dice.randrange(len(chunks) + 1)
    name = dice.choice(_NAMES)
    size = chunks[0][1][:8] if chunks else b""
    body = dice.choice(
        (
            dice.randbytes(dice.choice((0, 1, 2, 3, 4, 6, 8, 9, 32, 48, 256, 768, 771))),
            tiff_orientation(dice.randrange(10), dice.choice("<>"), dice.choice((1, 3, 4))),
            struct.pack(">HHH", *(dice.choice((0, 1, 2, 255, 256, 257, 65535)) for _ in "rgb")),
            struct.pack(">II", dice.choice((0, 1, 2)), 0),  # acTL
            struct.pack(">I", 0) + size + bytes(dice.choice((8, 10, 14))),  # fcTL
            struct.pack(">IIIII", 0, 1, 1, 0, 0) + bytes(6),  # fcTL
            dice.choice((b"", b"key", b"Raw profile type exif", b"XML:com.adobe.xmp"))
            + dice.choice((b"", b"\0", b"\0\0", b"\0\1", b"\0\1\0\0\0", b"\0\0\0\0\0"))
            + dice.choice((b"", *_PACKED, b'tiff:Orientation="6"', b"\nexif\n 9\n4d4d002a")),
        )
    )
    return [*chunks[:at], (name, body), *chunks[at:]]


def _change_pixels(chunks: list[_Chunk], _: list[_Chunk], dice: random.Random) -> list[_Chunk]:
    """Changes the image data behind its compression: filter types and pixels."""
    raw = bytearray(_inflated(chunks))
    for _ in range(dice.choice((1, 3, 20))):
        if raw:
            raw[dice.randrange(len(raw))] = dice.choice((0, 1, 2, 3, 4, 4, 5, 127, 128, 255))
    resized = dice.choice((raw, raw, raw, raw[: dice.randint(0, len(raw))], raw + bytes(9)))
    return _with_pixels(chunks, _deflated(bytes(resized), dice), dice)


def _grow(chunks: list[_Chunk], _: list[_Chunk], dice: random.Random) -> list[_Chunk]:
    """Sides of thousands of pixels, and image data that is enough for them."""
    height = dice.choice((1, 7, 99, 1000, 5000, 100_000))
    width = dice.choice([side for side in (1, 7, 99, 1000, 5000) if side * height <= 1_200_000])
    sides = [width, height]
    dice.shuffle(sides)
    raw = dice.choice((b"\0", b"\1", b"\2\3\4", b"\4", _inflated(chunks)[:4000] or b"\0"))
    packed = zlib.compress((raw * (8_400_000 // len(raw) + 1))[: 8 * width * height + height], 1)
    body = struct.pack(">II", *sides) + (chunks[0][1] if chunks else b"")[8:]
    return _with_pixels([(b"IHDR", body), *chunks[1:]], packed, dice)


def _inflated(chunks: list[_Chunk]) -> bytes:
    packed = b"".join(body for name, body in chunks if name == b"IDAT")
    try:
        return zlib.decompressobj().decompress(packed, 1 << 16)
    except zlib.error:
        return b""


def _deflated(raw: bytes, dice: random.Random) -> bytes:
    wbits = dice.choice((15, 15, 15, 9, 12, -15, 31))
    packer = zlib.compressobj(dice.choice((0, 1, 9)), wbits=wbits, strategy=dice.choice((0, 3, 4)))
    packed = packer.compress(raw) + packer.flush()
    return dice.choice((packed, packed, packed, packed[:-4], packed[:-1] + b"?", packed + b"?"))


def _with_pixels(chunks: list[_Chunk], packed: bytes, dice: random.Random) -> list[_Chunk]:
    """Puts compressed image data in place of what there is, in one chunk or several."""
    cuts = sorted(dice.randint(0, len(packed)) for _ in range(dice.choice((0, 0, 1, 4))))
    parts = [packed[i:j] for i, j in zip([0, *cuts], [*cuts, len(packed)], strict=True)]
    names = [name for name, _ in chunks]
    at = names.index(b"IDAT") if b"IDAT" in names else len(chunks)
    rest = [part for part in chunks[at:] if part[0] != b"IDAT"]
    return [*chunks[:at], *((b"IDAT", part) for part in parts), *rest]


_PNG_CHANGES: dict[Callable[[list[_Chunk], list[_Chunk], random.Random], list[_Chunk]], float] = {
    _change_header: 4,
    _change_order: 3,
    _change_body: 3,
    _change_name: 1,
    _add_chunk: 4,
    _change_pixels: 5,
    _grow: 0.02,
}


# Netpbm


def _change_netpbm(data: bytes, other: bytes, dice: random.Random) -> bytes:
    for _ in range(dice.choice((1, 1, 2, 3))):
        change = dice.choices(list(_NETPBM_CHANGES), list(_NETPBM_CHANGES.values()))[0]
        data = change(data, other, dice)
    return data


def _change_number(data: bytes, _: bytes, dice: random.Random) -> bytes:
    """Replaces a number, or what looks like one: of the header in half of the cases."""
    tokens = list(re.finditer(rb"[^\s#]+", data[:9999]))
    if not tokens:
        return data
    token = dice.choice(tokens[:4] if dice.random() < 0.5 else tokens)
    old = int(token[0]) if token[0].isdigit() and len(token[0]) < 12 else 0
    if len(tokens) and token is tokens[0]:
        new = b"P" + dice.choice(b"0123456789fFy").to_bytes()
    elif dice.random() < 0.3:
        new = dice.choice(_NUMBERS)
    else:
        new = b"%d" % _near(old, dice)
    return data[: token.start()] + new + data[token.end() :]


def _change_gap(data: bytes, _: bytes, dice: random.Random) -> bytes:
    """Replaces the whitespace between two numbers, or puts some where there was none."""
    gaps = list(re.finditer(rb"\s+|(?=#)", data[:9999]))
    where = dice.choice(gaps[:6] if dice.random() < 0.5 else gaps) if gaps else None
    start, end = where.span() if where else (len(data), len(data))
    if dice.random() < 0.3:
        start = end = dice.randint(0, len(data))
    gap = b"".join(dice.choice(_BLANKS) for _ in range(dice.choice((0, 1, 1, 2))))
    return data[:start] + gap + data[end:]


def _change_raster(data: bytes, other: bytes, dice: random.Random) -> bytes:
    cut = dice.randint(0, len(data))
    changed = change_bytes(data[cut:], dice)
    return data[:cut] + dice.choice((changed, changed, changed, other[cut:], other, data[cut:] * 2))


def _grow_netpbm(data: bytes, _: bytes, dice: random.Random) -> bytes:
    """Sides of thousands of pixels, and values that are enough for them."""
    width = dice.choice((1, 7, 1000, 100_000, 1_000_000))
    height = dice.choice([side for side in (1, 7, 1000) if side * width <= 1_200_000])
    sides = [width, height]
    dice.shuffle(sides)
    kind = dice.choice((b"P1", b"P2", b"P3", b"P4", b"P5", b"P6"))
    raster = dice.choice((b"1 ", b"1", b"0\n", b"7 1 ", b"# %b\n1 " % bytes(200), data[-99:]))
    length = 6 * width * height if kind == b"P6" else 2 * width * height
    maxval = b"" if kind in (b"P1", b"P4") else b"%d\n" % dice.choice((9, 255, 999, 65535))
    start = b"%s\n%d %d\n%s" % (kind, *sides, maxval)
    return start + (raster * (length // len(raster) + 1))[:length]


_NETPBM_CHANGES: dict[Callable[[bytes, bytes, random.Random], bytes], float] = {
    _change_number: 5,
    _change_gap: 4,
    _change_raster: 4,
    _grow_netpbm: 0.02,
}
