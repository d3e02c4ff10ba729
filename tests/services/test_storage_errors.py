"""What an S3 refuses while the system is set up is told with the permission or the setting that is missing."""

import asyncio
import re
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from services.cli.operators.doctor import bucket
from services.settings import SettingsError, StorageSettings, load
from services.storage import StoreUnavailable, open_store

_LIST = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"


class Cloud:
    """An S3 that answers by method and query: what is not in ``refuses`` succeeds. It is a proxy before others, too."""

    def __init__(self):
        self.refuses, self.heard, self.asked = {}, [], set()

    async def answer(self, request):
        what = request.method + "".join(
            f" {word}" for word, query in (("cors", "cors"), ("list", "list-type")) if query in request.query
        )
        self.heard.append((what, (await request.read()).decode()))
        self.asked.add((request.method, request.headers["Host"], request.path))
        code = self.refuses.get(what)
        if code is None:
            return web.Response(text=_LIST if what == "GET list" else None, content_type="application/xml")
        body = (
            f"<Error><Code>{code}</Code><Message>no</Message><Region>eu-west-9</Region></Error>"
            if request.method != "HEAD"
            else None
        )
        status = int(code) if code.isdecimal() else 403
        return web.Response(status=status, text=body, content_type="application/xml")


@pytest.fixture
async def cloud():
    cloud = Cloud()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", cloud.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    cloud.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield cloud
    await runner.cleanup()


def _settings(cloud, **more):
    told = {
        "s3_endpoint_url": cloud.url, "s3_bucket": "shop", "aws_access_key_id": "k",
        "aws_secret_access_key": "hunter2",
    }  # fmt: skip
    return StorageSettings(**{**told, **more})


async def _provision(cloud, **more):
    async with open_store(_settings(cloud, **more)) as store:
        await store.provision(["*"])


@pytest.mark.parametrize(("region", "constraint"), [("us-east-1", None), ("eu-central-1", "eu-central-1")])
async def test_a_bucket_is_made_in_its_region(cloud, region, constraint):
    await _provision(cloud, s3_region=region)
    made = next(body for what, body in cloud.heard if what == "PUT")
    found = re.search("<LocationConstraint>(.*?)</LocationConstraint>", made)
    assert (found and found[1]) == constraint


async def test_a_key_that_may_make_no_bucket_uses_one_that_is_there(cloud):
    cloud.refuses = {"PUT": "AccessDenied"}
    with pytest.raises(StoreUnavailable, match="give it s3:PutObject, or"):  # which that is, to this S3
        await _provision(cloud)
    assert [what for what, _ in cloud.heard][:3] == ["PUT", "HEAD", "PUT cors"]


@pytest.mark.parametrize(
    ("refuses", "told"),
    [
        ({"PUT": "AccessDenied", "HEAD": "404"}, "give it s3:CreateBucket"),
        ({"PUT cors": "AccessDenied"}, "give it s3:PutBucketCORS"),
        ({"PUT": "InvalidAccessKeyId"}, "AWS_ACCESS_KEY_ID is no key"),
        ({"PUT": "SignatureDoesNotMatch"}, "AWS_SECRET_ACCESS_KEY does not belong"),
        ({"PUT": "RequestTimeTooSkewed"}, "clock is wrong"),
        ({"PUT": "AuthorizationHeaderMalformed"}, "the bucket is in eu-west-9: set S3_REGION"),
        ({"PUT cors": "PermanentRedirect"}, "the bucket is in eu-west-9: set S3_REGION"),
        ({"GET list": "AccessDenied"}, "give it s3:ListBucket, or"),
        ({"GET": "AccessDenied", "DELETE": "403"}, "give it s3:GetObject, s3:DeleteObject, or"),
        ({"DELETE": "ExpiredToken"}, "the key has run out"),
        ({"PUT": "IllegalLocationConstraintException"}, "another region than S3_REGION"),
    ],
)
async def test_what_is_missing_is_named(cloud, refuses, told):
    cloud.refuses = refuses
    with pytest.raises(StoreUnavailable) as refused:
        await _provision(cloud)
    assert told in str(refused.value) and "hunter2" not in str(refused.value)


async def test_a_look_at_the_bucket_says_why_it_is_refused(cloud):
    """Readiness asks with a HEAD, whose answer has no words."""
    cloud.refuses = {"HEAD": "403", "GET list": "RequestTimeTooSkewed"}
    async with open_store(_settings(cloud)) as store:
        with pytest.raises(StoreUnavailable, match="clock is wrong"):
            await store.ping()


@pytest.mark.parametrize(
    ("style", "endpoint", "host", "path"),
    [
        ("path", "http://s3.example", "s3.example", "/shop"),
        ("virtual", "http://s3.example", "shop.s3.example", ""),
        ("path", "http://s3.example:9000/inner/s3/", "s3.example:9000", "/inner/s3/shop"),
        ("virtual", "http://s3.example:9000/inner", "shop.s3.example:9000", "/inner"),
    ],
)
async def test_a_bucket_is_where_its_style_and_its_endpoint_say(
    cloud, monkeypatch, style, endpoint, host, path
):
    """For what the client library asks, for what we ask ourselves, and in the URLs that are handed out."""
    monkeypatch.setenv("HTTP_PROXY", cloud.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    settings = _settings(cloud, s3_endpoint_url=endpoint, s3_addressing_style=style)
    async with open_store(settings) as store:
        await store.ping()
        await store.put("users/a/x", b"1", "image/png")
        handed_out = urlsplit(await store.presign_get("users/a/x", 60))
    assert cloud.asked == {("HEAD", host, path or "/"), ("PUT", host, f"{path}/users/a/x")}
    assert (handed_out.netloc, handed_out.path) == (host, f"{path}/users/a/x")


@pytest.mark.parametrize(
    "wrong", ["s3.example:9000", "localhost", "s3://shop", "http://", "https://a/?b=c", ""]
)
def test_an_endpoint_that_is_none_is_named(monkeypatch, wrong):
    told = {"S3_ENDPOINT_URL": wrong, "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=r"^S3_ENDPOINT_URL: .*https://host"):
        load(StorageSettings)


@pytest.mark.parametrize(
    ("refuses", "found", "cure"),
    [
        ({"PUT": "AccessDenied"}, "shop is there", "give it s3:PutObject"),
        ({"HEAD": "404"}, "shop is not there", "run `proteus provision`"),
        ({"HEAD": "403", "GET list": "RequestTimeTooSkewed"}, "RequestTimeTooSkewed", "set it by NTP"),
        ({}, "shop is there", ""),
    ],
)
async def test_doctor_says_of_a_bucket_what_the_key_may_not_do(cloud, monkeypatch, refuses, found, cure):
    cloud.refuses = refuses
    told = {
        "S3_ENDPOINT_URL": cloud.url,
        "S3_BUCKET": "shop",
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    (finding,) = await asyncio.to_thread(lambda: list(bucket()))
    assert found in finding.found and cure in finding.mend and bool(cure) == bool(finding.mend)
