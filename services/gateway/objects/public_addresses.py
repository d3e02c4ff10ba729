"""Which addresses of the internet are public: nobody's own network, and no cloud's inside."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address
#: (address, port): whether a server of ours may be sent there.
Reachable = Callable[[Address, int], bool]
#: (host, port): every address that the name has now. Raises OSError.
Resolve = Callable[[str, int], Awaitable[list[str]]]

#: Others are of services that were never meant for a browser.
_PORTS = frozenset({80, 443, 8080, 8443})
#: In the public range, and answered by the host of a virtual machine: Azure's.
_OF_CLOUDS = frozenset({ip_address("168.63.129.16")})


def is_public(address: Address, port: int) -> bool:
    """Whether anybody on the internet could ask there as well.

    IPv6 addresses that carry one of IPv4 are judged by that one, or refused where a gateway of the network's would
    decide what it is (6to4, Teredo, NAT64).
    """
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped, port)
        if address.sixtofour is not None or address.teredo is not None or address.is_site_local:
            return False
    if address.is_multicast or address.is_reserved or address.is_unspecified or address in _OF_CLOUDS:
        return False
    return address.is_global and port in _PORTS


async def resolve(host: str, port: int) -> list[str]:
    """As the system knows it; numbers in every form that its library reads are addresses, too."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
