"""What an operator is told of signing, and who saves a signed result in another format."""

from pathlib import Path

from certificates import issue

from inference.credentials import load, marker
from inference.marks import DigitalSource
from services.cli.operators.doctor import signing
from services.cli.output import save
from services.worker.settings import WorkerSettings

PHOTO = (Path(__file__).parents[2] / "samples/drawn/people/ada.jpg").read_bytes()


def test_doctor_says_who_signs_results_and_until_when(tmp_path):
    assert "set PROTEUS_C2PA_CERTIFICATE" in signing(WorkerSettings()).mend
    for days, cure in ((90, ""), (10, "renew it")):
        issued = issue(tmp_path, days=days)
        found = signing(WorkerSettings(c2pa_certificate=issued.certificate, c2pa_private_key=issued.key))
        assert "CN=Shop signer" in found.found and found.mend.partition(":")[0] == cure


def test_who_saves_a_signed_result_in_another_format_is_told_what_is_lost(tmp_path, capsys):
    issued = issue(tmp_path)
    result = marker(load(issued.certificate, issued.key))(PHOTO, DigitalSource.COMPOSITE, "warp")
    save(result, tmp_path / "a.jpg")
    assert (tmp_path / "a.jpg").read_bytes() == result and capsys.readouterr().err == ""
    save(result, tmp_path / "a.webp")
    assert "not signed as a .jpg is" in capsys.readouterr().err
