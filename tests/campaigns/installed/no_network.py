"""Refuses connections to other machines; each Python of an environment that has it loads it first.

What Python does not open itself is not seen here; tests/runtime/test_offline.py traces the
system's calls.
"""

import sys

# What each event of CPython's audit table says: a socket and its address, or a name first of all.
_OF_SOCKETS = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"}
_OF_NAMES = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
# Of documentation (RFC 5737, RFC 3849), and no name at all (RFC 6761): nobody is there.
_NOBODYS_ADDRESSES, _NOBODYS_NAME = ("192.0.2.", "2001:db8:"), ".invalid"


class NetworkError(RuntimeError):
    """Something reaches for another machine."""


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if event in _OF_NAMES:
        _check(event, arguments[0])
    elif event in _OF_SOCKETS:
        import socket

        address = arguments[1]  # None where the socket is connected
        family = getattr(arguments[0], "family", None)
        if family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            _check(event, address[0])


def _check(event: str, host: object) -> None:
    import ipaddress

    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return
    if str(name).startswith(_NOBODYS_ADDRESSES) or str(name).endswith(_NOBODYS_NAME):
        return
    try:
        address = ipaddress.ip_address(str(name))
    except ValueError:
        pass
    else:
        # To listen on all addresses, and to look that up, reaches nobody.
        if address.is_loopback or (address.is_unspecified and event != "socket.sendto"):
            return
    raise NetworkError(f"{event} to {name}: tests reach no other machine")


sys.addaudithook(_audit)
