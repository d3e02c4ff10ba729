"""Whom a limit by address counts as one: an address, or the network that one subscriber is given."""

import ipaddress

#: Of IPv6, the least that a subscriber is given (RFC 6177): each of its 2⁶⁴ addresses may be taken at will.
_SUBSCRIBER = 64


def subscriber(address: str) -> str:
    """The network of an IPv6 address; an IPv4 address, and what is none at all, as it is."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), _SUBSCRIBER), strict=False))
