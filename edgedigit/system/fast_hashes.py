"""SHA-256 without OpenSSL, whose library takes longer to load than a model takes to be hashed."""

# The modules that hashlib itself falls back to; `random` in the standard library does the same.
try:
    from _sha2 import sha256  # type: ignore[import-not-found]  # Python 3.12 and later
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found]
    except ImportError:  # Python was built without them
        from hashlib import sha256

__all__ = ["sha256"]
