"""The largest pictures and requests that are taken, in a module that loads nothing."""

# More than phones (108 million) and scans of A3 at 600 dpi (70 million) have; 360 MB as RGB.
MAX_PIXELS = 120_000_000

# A server takes several at once.
MAX_SERVED_PIXELS = 50_000_000
MAX_SERVED_BYTES = 32 << 20

MAX_SIDES_RATIO = 1000
"""So many times as long as wide no line of writing is."""
