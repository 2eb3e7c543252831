"""The settings of a server."""

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass

from edgedigit.limits import MAX_SERVED_BYTES, MAX_SERVED_PIXELS


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """The settings of `edgedigit serve`.

    Attributes:
        host: The name or address that it listens on.
        port: The port; 0 is any free one.
        model: Folder of the model; None is the package's own.
        providers: As for `Classifier`; so is `min_confidence`.
        min_confidence: See there.
        collect: The folder for labelled drawings; None where they are not wanted.
        token: What each request has to bring; None is one that is made up and told where others
            than this machine can reach the server, and nothing where they cannot.
        no_token: Whether none has to bring anything, wherever it comes from.
        max_bytes: The most bytes that a request's body may have.
        max_pixels: The most pixels that a picture may have.
        max_requests: The most requests for pictures at once, those running and those waiting.
        timeout: Seconds that a request may take to arrive, and its answer to be found.
        threads: The most pictures that are read at once; None is one for each core.
        cors: Origins whose pages may ask, or "*" for those of all; they cannot else.
        allow_hosts: Names that requests may call the server, beside this machine's own.
        trust_proxy: Whether a request's X-Forwarded-For says who asks.
        quiet: Whether the address is not told on standard error.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    model: str | os.PathLike[str] | None = None
    providers: Sequence[str] = ()
    min_confidence: float | None = None
    collect: str | None = None
    token: str | None = None
    no_token: bool = False
    max_bytes: int = MAX_SERVED_BYTES
    max_pixels: int = MAX_SERVED_PIXELS
    max_requests: int = 16
    timeout: int = 10
    threads: int | None = None
    cors: Sequence[str] = ()
    allow_hosts: Sequence[str] = ()
    trust_proxy: bool = False
    quiet: bool = False

    @property
    def is_loopback(self) -> bool:
        """Whether only programs on this machine can reach the server."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"
