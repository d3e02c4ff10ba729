"""What an S3 refuses while the system is set up is told with the permission or the setting that is missing."""

import re

import pytest
from aiohttp import web

from services.settings import StorageSettings
from services.storage import StoreUnavailable, open_store


class Cloud:
    """An S3 that answers by method and query: what is not in ``refuses`` succeeds."""

    def __init__(self):
        self.refuses, self.heard = {}, []

    async def answer(self, request):
        what = f"{request.method}{' cors' if 'cors' in request.query else ''}"
        self.heard.append((what, (await request.read()).decode()))
        code = self.refuses.get(what)
        if code is None:
            return web.Response()
        body = (
            f"<Error><Code>{code}</Code><Message>no</Message></Error>" if request.method != "HEAD" else None
        )
        return web.Response(status=403, text=body, content_type="application/xml")


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


async def _provision(cloud, region="us-east-1"):
    settings = StorageSettings(
        s3_endpoint_url=cloud.url, s3_bucket="shop", s3_region=region, aws_access_key_id="k",
        aws_secret_access_key="hunter2",
    )  # fmt: skip
    async with open_store(settings) as store:
        await store.provision(["*"])


@pytest.mark.parametrize(("region", "constraint"), [("us-east-1", None), ("eu-central-1", "eu-central-1")])
async def test_a_bucket_is_made_in_its_region(cloud, region, constraint):
    await _provision(cloud, region)
    (made,) = [body for what, body in cloud.heard if what == "PUT"]
    found = re.search("<LocationConstraint>(.*?)</LocationConstraint>", made)
    assert (found and found[1]) == constraint


async def test_a_key_that_may_make_no_bucket_uses_one_that_is_there(cloud):
    cloud.refuses = {"PUT": "AccessDenied"}
    await _provision(cloud)
    assert [what for what, _ in cloud.heard] == ["PUT", "HEAD", "PUT cors"]


@pytest.mark.parametrize(
    ("refuses", "told"),
    [
        ({"PUT": "AccessDenied", "HEAD": "404"}, "give it s3:CreateBucket"),
        ({"PUT cors": "AccessDenied"}, "give it s3:PutBucketCORS"),
        ({"PUT": "InvalidAccessKeyId"}, "AWS_ACCESS_KEY_ID is no key"),
        ({"PUT": "SignatureDoesNotMatch"}, "AWS_SECRET_ACCESS_KEY does not belong"),
        ({"PUT": "RequestTimeTooSkewed"}, "clock is wrong"),
        ({"PUT": "AuthorizationHeaderMalformed"}, "S3_REGION is not the region"),
        ({"PUT": "IllegalLocationConstraintException"}, "another region than S3_REGION"),
    ],
)
async def test_what_is_missing_is_named(cloud, refuses, told):
    cloud.refuses = refuses
    with pytest.raises(StoreUnavailable) as refused:
        await _provision(cloud)
    assert told in str(refused.value) and "hunter2" not in str(refused.value)
