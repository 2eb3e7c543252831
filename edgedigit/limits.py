"""What is too large, in a place that loads nothing."""

# More than phones (108 million) and scans of A3 at 600 dpi (70 million) have; 360 MB as RGB.
MAX_PIXELS = 120_000_000

# What a server takes, of which several come at once.
MAX_SERVED_PIXELS = 50_000_000
MAX_SERVED_BYTES = 32 << 20
