"""Pictures are signed with the operator's certificate; what was changed since, or signed badly, is seen."""

import io
import logging
from dataclasses import replace

import numpy as np
import pytest
from certificates import issue
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from PIL import Image

from inference.credentials import CredentialsError, has_manifest, load, marker, read
from inference.marks import DigitalSource, save_as
from inference.marks import read as read_xmp
from inference.pictures import decode, encode_jpeg, encode_png

PIXELS = np.random.default_rng(1).integers(0, 255, (40, 30, 4), np.uint8)
PICTURES = {
    "image/png": encode_png(Image.fromarray(PIXELS)),
    "image/jpeg": encode_jpeg(Image.fromarray(PIXELS[..., :3])),
}
TERM = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


@pytest.fixture
def mark(tmp_path):
    issued = issue(tmp_path)
    return marker(load(issued.certificate, issued.key))


@pytest.mark.parametrize("kind", PICTURES)
def test_a_signed_picture_says_who_made_it_beside_its_xmp_and_keeps_its_pixels(mark, kind):
    signed = mark(PICTURES[kind], DigitalSource.GENERATED, "fashn")
    manifest = read(signed, kind)
    assert (manifest.maker, manifest.source) == ("Proteus (fashn)", TERM)
    assert (manifest.signer, manifest.faults) == ("Shop signer, Shop", ())
    picture = Image.open(io.BytesIO(signed))
    picture.load()
    assert read_xmp(picture).source == TERM
    assert decode(signed, ours=True).tobytes() == decode(PICTURES[kind], ours=True).tobytes()
    assert read(PICTURES[kind], kind) is None


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_that_was_changed_since_is_seen(mark, kind):
    signed = bytearray(mark(PICTURES[kind], DigitalSource.COMPOSITE, "warp"))
    signed[-40] ^= 1
    assert any("hash" in fault.lower() for fault in read(bytes(signed), kind).faults)


def test_another_format_keeps_the_xmp_alone(mark):
    again = save_as(mark(PICTURES["image/jpeg"], DigitalSource.COMPOSITE, "warp"), "a.webp")
    assert not has_manifest(again) and read_xmp(Image.open(io.BytesIO(again))).term == "composite"


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["p384", "ed25519", "rsa"],
)
def test_every_kind_of_key_that_c2pa_allows_signs(tmp_path, key):
    issued = issue(tmp_path, key)
    signed = marker(load(issued.certificate, issued.key))(PICTURES["image/png"], DigitalSource.ALTERED, "")
    assert read(signed, "image/png").faults == ()


def test_what_cannot_sign_is_refused_with_the_reason(tmp_path):
    good = issue(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "text").write_text("hello")
    other = issue(tmp_path / "other", ec.generate_private_key(ec.SECP256K1()))
    for certificate, key, why in (
        (tmp_path / "none", good.key, "certificate .* cannot be read"),
        (tmp_path / "text", good.key, "certificate .* cannot be read"),
        (good.certificate, tmp_path / "text", "key .* cannot be read"),
        (good.certificate, other.key, "is not the key of"),
        (other.certificate, other.key, "P-256"),
    ):
        with pytest.raises(CredentialsError, match=why):
            load(certificate, key)


def test_a_certificate_that_ran_out_or_is_for_something_else_is_refused(tmp_path):
    issued = issue(tmp_path, days=-2)
    with pytest.raises(CredentialsError, match="ran out on"):
        load(issued.certificate, issued.key)
    issued = issue(tmp_path, usage=ExtendedKeyUsageOID.SERVER_AUTH)
    with pytest.raises(CredentialsError, match="certificate"):
        load(issued.certificate, issued.key)


def test_a_certificate_that_runs_out_while_a_worker_runs_stops_no_job_and_is_logged(tmp_path, caplog):
    issued = issue(tmp_path)
    credentials = load(issued.certificate, issued.key)
    past = issue(tmp_path, days=-2)
    mark = marker(replace(credentials, chain=past.certificate.read_bytes()))
    with caplog.at_level(logging.ERROR):
        told = mark(PICTURES["image/png"], DigitalSource.COMPOSITE, "warp")
    assert "not signed" in caplog.text and not has_manifest(told)
    picture = Image.open(io.BytesIO(told))
    assert read_xmp(picture).term == "composite"
