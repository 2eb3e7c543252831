"""The largest pictures and requests that are taken, in a module that loads nothing."""

# More than phones (108 million) and scans of A3 at 600 dpi (70 million) have.
MAX_PIXELS = 120_000_000

# A server takes several at once.
MAX_SERVED_PIXELS = 50_000_000
MAX_SERVED_BYTES = 32 << 20

MAX_SIDES_RATIO = 1000
"""So many times as long as wide no line of writing is."""

MAX_PAGES = 1000
"""No more pages, or frames, of a file are counted or read."""
# 700 pages at 300 dpi with the default limit.
PAGES_PIXELS_RATIO = 50
"""All pages of a file may have so many times the pixels that a picture may have."""

# A file of 16 bit RGBA has 8 bytes for each pixel; what is in it beside that has room too.
FILE_BYTES_PER_PIXEL = 8
# RGB as Pillow holds it, and the grey picture; floats take a little more.
DECODED_BYTES_PER_PIXEL = 9
"""Memory beside the file, for each pixel of the limit, that decoding takes at most."""
DECODING_SECONDS = 1.5
"""Of a core of 2023 that decoding takes at most, as far as its kind, pixels and bytes tell; more
where more pixels than `MAX_PIXELS` are allowed."""
ALWAYS_ALLOWED_BYTES = 1 << 26
"""Of a file, and of memory, however few pixels are allowed."""
