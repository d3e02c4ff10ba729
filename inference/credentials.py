"""Content Credentials: a C2PA manifest in each picture that we make, signed with the operator's certificate.

C2PA Technical Specification 2.2, assertion ``c2pa.actions.v2`` with IPTC's digital source type. The library is an extra
(``proteus[c2pa]``), since only who has a certificate needs its 50 MB. Nothing here asks the network: no time stamp, no
revocation list, no manifest that lies elsewhere.
"""

import importlib.util
import io
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from inference.marks import VOCABULARY, DigitalSource, marked

log = logging.getLogger(__name__)

#: Makes a picture's file say how it was made: (JPEG or PNG, the source type, the engine's name) -> the file.
Marker = Callable[[bytes, DigitalSource, str], bytes]

_MISSING = "c2pa-python is not installed: `pip install 'proteus[c2pa]'`"
_SETTINGS = {
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
}
#: A certificate that is in nobody's list of trusted ones is still the operator's.
_UNTRUSTED = "signingCredential.untrusted"


class CredentialsError(Exception):
    """A certificate or its key cannot sign. The message says why."""


@dataclass(frozen=True)
class Credentials:
    """A certificate with its chain, and the key that signs with it."""

    subject: str
    until: datetime
    algorithm: str
    chain: bytes
    key: bytes = field(repr=False)

    def signed(self, data: bytes, source: DigitalSource, engine: str) -> bytes:
        """The JPEG or PNG in ``data`` with a manifest. Raises CredentialsError, as when the certificate has run out."""
        import c2pa

        kind = "image/jpeg" if data[:2] == b"\xff\xd8" else "image/png"
        out = io.BytesIO()
        info = c2pa.C2paSignerInfo(self.algorithm.encode(), self.chain, self.key, None)
        try:
            with (
                c2pa.Signer.from_info(info) as signer,
                c2pa.Builder(_manifest(source, engine), _context()) as made,
            ):
                made.sign(signer, kind, io.BytesIO(data), out)
        except c2pa.C2paError as error:
            raise CredentialsError(str(error)) from None
        return out.getvalue()


@dataclass(frozen=True)
class Manifest:
    """What a file's manifest says: the maker, IPTC's digital source type, who signed, and what does not hold of it."""

    maker: str
    source: str | None
    signer: str
    faults: tuple[str, ...]


def load(certificate: Path, key: Path) -> Credentials:
    """Both files in PEM, the certificate first in its chain; they are tried on a picture. Raises CredentialsError."""
    if not installed():
        raise CredentialsError(_MISSING)
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization as pem

    try:
        chain = certificate.read_bytes()
        leaf = x509.load_pem_x509_certificates(chain)[0]
    except (OSError, ValueError) as error:
        raise CredentialsError(f"the certificate {certificate} cannot be read: {error}") from None
    try:
        private = pem.load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise CredentialsError(f"the key {key} cannot be read: {error}") from None
    if private.public_key() != leaf.public_key():
        raise CredentialsError(f"{key} is not the key of {certificate}")
    until = leaf.not_valid_after_utc
    if until <= datetime.now(UTC):
        raise CredentialsError(f"the certificate {certificate} ran out on {until:%Y-%m-%d}")
    plain = private.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
    credentials = Credentials(leaf.subject.rfc4514_string(), until, _algorithm(private), chain, plain)
    read_again = read(credentials.signed(_example(), DigitalSource.COMPOSITE, ""), "image/jpeg")
    if read_again is None or read_again.faults:
        raise CredentialsError(f"what {certificate} signs is not valid: {read_again and read_again.faults}")
    return credentials


def marker(credentials: Credentials | None) -> Marker:
    """Marks with XMP, and signs where there are ``credentials``.

    A picture that can no longer be signed keeps its XMP, and the log says why: its shopper is not to blame.
    """
    if credentials is None:
        return marked

    def mark(data: bytes, source: DigitalSource, engine: str) -> bytes:
        told = marked(data, source, engine)
        try:
            return credentials.signed(told, source, engine)
        except CredentialsError as error:
            log.error("a picture was not signed: %s", error)
            return told

    return mark


def read(data: bytes, kind: str) -> Manifest | None:
    """The manifest of a picture of the media type ``kind``; None without one.

    Raises CredentialsError where there is one that cannot be read, or nothing that reads it.
    """
    if not has_manifest(data):
        return None
    if not installed():
        raise CredentialsError(_MISSING)
    import c2pa

    try:
        with c2pa.Reader(kind, io.BytesIO(data), context=_context()) as reader:
            told = json.loads(reader.json())
    except c2pa.C2paError as error:
        raise CredentialsError(str(error)) from None
    active = told["manifests"][told["active_manifest"]]
    signature = active.get("signature_info", {})
    by = [str(signature[part]) for part in ("common_name", "issuer") if signature.get(part)]
    faults = (str(status.get("explanation") or status["code"]) for status in _failures(told))
    return Manifest(_maker(active), _source(active), ", ".join(by) or "unknown", tuple(faults))


def has_manifest(data: bytes) -> bool:
    """Whether something in the file looks like one: its JUMBF box, whichever program reads it."""
    return b"jumbc2pa" in data or (b"jumb" in data and b"c2pa" in data)


def installed() -> bool:
    """Whether the extra is."""
    return importlib.util.find_spec("c2pa") is not None


def _manifest(source: DigitalSource, engine: str) -> dict[str, Any]:
    maker = {"name": f"Proteus ({engine})" if engine else "Proteus", "version": version("proteus")}
    made = {
        "action": "c2pa.created",
        "digitalSourceType": f"{VOCABULARY}{source}",
        "softwareAgent": maker,
    }
    actions = {"label": "c2pa.actions.v2", "data": {"actions": [made]}}
    return {"claim_generator_info": [maker], "assertions": [actions]}


def _context() -> Any:
    import c2pa

    return c2pa.Context(c2pa.Settings.from_dict(_SETTINGS))


def _failures(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [status for status in told.get("validation_status", []) if status["code"] != _UNTRUSTED]


def _maker(active: dict[str, Any]) -> str:
    names = [str(info.get("name", "")) for info in active.get("claim_generator_info", [])]
    return ", ".join(name for name in names if name) or str(active.get("claim_generator", "unknown"))


def _source(active: dict[str, Any]) -> str | None:
    """Of the action that made the picture."""
    for assertion in active.get("assertions", []):
        if str(assertion.get("label", "")).startswith("c2pa.actions"):
            for action in assertion["data"].get("actions", []):
                if found := action.get("digitalSourceType"):
                    return str(found)
    return None


def _algorithm(private: Any) -> str:
    """C2PA's name of what this key signs with. Raises CredentialsError for one that it does not allow."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(private, rsa.RSAPrivateKey):
        return "ps256"
    by_curve = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name in by_curve:
        return by_curve[private.curve.name]
    raise CredentialsError("C2PA signs with keys of P-256, P-384, P-521, Ed25519 and RSA")


def _example() -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "JPEG")
    return buffer.getvalue()
