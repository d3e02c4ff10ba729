"""Whether a port lets a client of gRPC in: no more of the protocol than its first frames."""

import asyncio
import contextlib
import ssl

#: How a client begins, and what is the type of the first frame that it is answered with.
_PREFACE, _SETTINGS = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)), 4


async def speaks_grpc(port, tls=None):
    """Whether it takes a client of gRPC for one of its own."""
    async with asyncio.timeout(60):
        writer = None
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
            writer.write(_PREFACE)
            head = await reader.readexactly(9)
        except (OSError, asyncio.IncompleteReadError):  # of TLS, too
            return False
        finally:
            if writer is not None:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    return head[3] == _SETTINGS


def client(issued=None):
    """Trusts every server, and shows that certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    if issued:
        context.load_cert_chain(issued.certificate, issued.key)
    return context
