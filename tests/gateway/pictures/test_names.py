"""A file's name is data: it is never markup nor identity, and one that is no text keeps nobody from working."""

import asyncio
import contextlib
import io
import json
import os
import re

from loopback import http_client
from PIL import Image

from proteus_client import AsyncProteus
from schemas.api.vtons import TITLE_LENGTH
from schemas.jobs.try_on import TryOnRequest
from schemas.objects import cleaned_key, result_key
from services.cli.tryon import tryon
from services.storage import open_store

_NAMES = [
    "me.jpg", "ME.JPG", "me", ".jpg", "a.b.c.jpeg", "photo (1).jpg", "[brackets] {braces}.png", "a&b=c?d#e.jpg",
    "50%.jpg", "%2e%2e%2fme.jpg", "../../etc/passwd", "..", "C:\\Users\\ann\\me.jpg", "/absolute/me.jpg", "con.jpg",
    "me.jpg.exe", "me.svg", "<script>alert(1)</script>.jpg", "\"quoted\" 'name'.jpg", "a;filename=b.jpg",
    "line\nbreak\r\nX-Injected: yes.jpg", "tab\tand bell\a.jpg", "Größe – été.jpg", "фото.jpg", "写真.jpg",
    "e\u0301.jpg", "\u202egpj.exe", "\ufeffme.jpg", "👗👩🏽\u200d🦱.jpg", "  spaces  ", "x" * 230 + ".jpg", "ü" * 255,
    "name\udcff\udcfe.jpg",
]  # fmt: skip
_OURS = re.compile(r"users/[0-9a-f-]{36}/uploads/[0-9a-f-]{36}\.jpg")


def _picture():
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), "olive").save(buffer, "JPEG")
    return buffer.getvalue()


def _json(body):
    return {"content": json.dumps(body), "headers": {"content-type": "application/json"}}


async def test_a_name_changes_nothing_of_an_upload_and_its_download(shopper):
    assert len(_NAMES) > 30
    async with http_client() as s3:
        for name in _NAMES:
            body = {"fileName": name, "fileType": "image/jpeg", "fileSize": len(_picture())}
            answer = await shopper.http.post("/images/presignedUploadUrl", **_json(body))
            if "\udcff" in name:  # half of a character: no text, in JSON
                assert answer.status_code == 422, answer.text
                continue
            assert answer.status_code == 200, (name, answer.text)
            ticket = answer.json()
            assert _OURS.fullmatch(ticket["key"]), name
            put = await s3.put(ticket["url"], headers=ticket["headers"], content=_picture())
            told = (
                await shopper.http.post("/images/presignedDownloadUrl", json={"key": ticket["key"]})
            ).json()
            got = await s3.get(told["url"])
            assert (put.status_code, got.status_code, got.content) == (200, 200, _picture())
            own = ticket["key"].rpartition("/")[2]
            assert got.headers["content-disposition"] == f'attachment; filename="{own}"'


async def test_a_name_as_a_title_comes_back_as_it_was_or_is_refused(shopper):
    for name in _NAMES:
        for path, body in (
            (
                "/vton",
                {"user_snap_s3": shopper.person, "uncleaned_outfit_s3": shopper.garment, "title": name},
            ),
            ("/garments", {"part": "upper", "picture_keys": [shopper.garment], "title": name}),
        ):
            answer = await shopper.http.post(path, **_json(body))
            if len(name) > TITLE_LENGTH or "\udcff" in name:
                assert answer.status_code == 422, (path, name)
            else:
                assert (answer.status_code, answer.json()["title"]) == (201, name.strip()), (path, name)
                read = await shopper.http.get(f"{path}/{answer.json()['id']}")
                assert (
                    read.json()["title"] == name.strip()
                    and read.headers["content-type"] == "application/json"
                )


async def test_the_same_picture_by_another_name_in_a_form_is_the_same_picture(shopper, site):
    """As browsers write forms. One cut-out answers all of them, so that none can have been told apart by its name."""

    async def send(name):
        quoted = name.encode("utf-8", "surrogateescape").replace(b'"', b"%22")
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="'
        head += quoted.replace(b"\r", b"%0D").replace(b"\n", b"%0A")
        body = head + b'"\r\nContent-Type: image/jpeg\r\n\r\n' + _picture() + b"\r\n--x--\r\n"
        headers = {"content-type": "multipart/form-data; boundary=x", "Idempotency-Key": "one picture"}
        return await shopper.http.post("/api/upload/cloth", content=body, headers=headers)

    first = asyncio.create_task(send("me.jpg"))
    cut_out = await site.request("TAILOR")
    async with open_store(site.storage) as store:
        await store.put(cleaned_key(shopper.id, cut_out.job_id), _picture(), "image/png")
    await site.ended(cut_out)
    assert (await first).json()["job_id"] == cut_out.job_id
    for name in _NAMES:
        answer = await send(name)
        assert (answer.status_code, answer.json()["job_id"]) == (200, cut_out.job_id), (name, answer.text)


async def test_the_client_sends_a_file_whatever_it_is_called(shopper, tmp_path):
    async with AsyncProteus(
        str(shopper.http.base_url), email=shopper.user["email"], password=shopper.password
    ) as client:
        for name in _NAMES:
            assert _OURS.fullmatch(await client.upload(_file(tmp_path / "files", name))), name


async def test_the_command_line_takes_a_file_and_writes_one_whatever_they_are_called(
    site, url, tmp_path, monkeypatch
):
    """Each name is a person's, a garment's and, with an ending, a result's: a `.jfif` is the JPEG that was made."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    made = _picture() + b"as it is"

    async def weave():
        pulling = await site.js.pull_subscribe_bind("weaver", "TRYON")
        async with open_store(site.storage) as store:
            while True:
                with contextlib.suppress(TimeoutError):
                    for message in await pulling.fetch(1, timeout=1):
                        request = TryOnRequest.model_validate_json(message.data)
                        await store.put(result_key(request.user_id, request.job_id), made, "image/jpeg")
                        await site.ended(request)
                        await message.ack()

    weaver = asyncio.create_task(weave())
    for name in _NAMES:
        file, result = _file(tmp_path / "files", name), _file(tmp_path / "results", name, ".jfif")
        await asyncio.to_thread(tryon, file, file, output=result, url=str(url))
        assert result.read_bytes() == made, name
    weaver.cancel()


def _file(folder, name, ending=""):
    """A picture's: the name as far as a disk can have it."""
    raw = name.replace("/", "_").encode("utf-8", "surrogateescape")[: 255 - len(ending)]
    file = folder / (os.fsdecode(raw if raw != b".." else b"...") + ending)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(_picture())
    return file
