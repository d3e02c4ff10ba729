"""A certificate as an operator has it who signs pictures: issued by our own authority, made anew for each test."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

#: digitalSignature, contentCommitment, keyEncipherment, dataEncipherment, keyAgreement, keyCertSign, cRLSign, …
_SIGNS = (True, False, False, False, False, False, False, False, False)
_ISSUES = (False, False, False, False, False, True, True, False, False)


@dataclass(frozen=True)
class Issued:
    """The two files that the settings name."""

    certificate: Path
    key: Path


def issue(folder: Path, key=None, *, days=90, usage=ExtendedKeyUsageOID.EMAIL_PROTECTION) -> Issued:
    """For "Shop signer"; ``days`` from now it runs out, or ran out when negative."""
    now = datetime.now(UTC)
    until = now + timedelta(days=days)
    begins = min(now, until) - timedelta(days=1)
    own, authority = key or ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def certificate(subject, public, extensions):
        made = (
            x509.CertificateBuilder()
            .subject_name(_name(subject))
            .issuer_name(_name("Shop authority"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(until)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), False)
        )
        for extension, critical in extensions:
            made = made.add_extension(extension, critical)
        return made.sign(authority, hashes.SHA256()).public_bytes(pem.Encoding.PEM)

    leaf = certificate(
        "Shop signer",
        own.public_key(),
        [
            (x509.BasicConstraints(False, None), True),
            (x509.KeyUsage(*_SIGNS), True),
            (x509.ExtendedKeyUsage([usage]), False),
        ],
    )
    root = certificate(
        "Shop authority",
        authority.public_key(),
        [(x509.BasicConstraints(True, 0), True), (x509.KeyUsage(*_ISSUES), True)],
    )
    issued = Issued(folder / "chain.pem", folder / "key.pem")
    issued.certificate.write_bytes(leaf + root)
    issued.key.write_bytes(
        own.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.TraditionalOpenSSL, pem.NoEncryption())
        if isinstance(own, ec.EllipticCurvePrivateKey)
        else own.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
    )
    return issued


def _name(common: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Shop")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])
