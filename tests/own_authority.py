"""A certificate that nobody trusts unless they are told to."""

import asyncio
import subprocess
from pathlib import Path


async def self_signed(key: Path, certificate: Path) -> None:
    """For 127.0.0.1; a key and, signed with it, a certificate, which is its own authority."""
    await asyncio.to_thread(
        subprocess.run,
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
