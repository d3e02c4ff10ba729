"""S3 and PostgreSQL away for a while: every job accepted before, during or after completes."""

import asyncio
import io
from pathlib import Path

import httpx
from PIL import Image

from benchmarks.system.shopper import Shopper, sign_up
from services.embedded.postgres import start_postgres
from services.embedded.s3 import start_s3
from services.settings import StorageSettings
from services.storage import open_store

#: They are away until so many requests were refused.
REFUSALS = 8


async def _try(shopper: Shopper) -> str | None:
    """A job id when the system accepts; None when it says 503 with Retry-After. Anything else fails the test."""
    try:
        return await shopper.submit()
    except httpx.HTTPStatusError as error:
        assert error.response.status_code == 503, error.response.text
        assert error.response.headers["retry-after"]
        assert error.response.json()["code"] in ("storage_unavailable", "database_unavailable")
        return None


async def test_servers_that_go_away_cost_patience_and_no_job(up, tmp_path: Path):
    s3 = await start_s3(tmp_path / "s3", tmp_path, "shop", port=0)
    postgres = await start_postgres(tmp_path / "pg", tmp_path, port=0)
    s3_port = int(s3.endpoint.rsplit(":", 1)[1])
    postgres_port = int(postgres.url.rsplit(":", 1)[1].split("/")[0])
    system = await up(
        "--engine", "simulated", PROTEUS_SIMULATED_A="0.1", PROTEUS_SIMULATED_B="0", S3_BUCKET="shop",
        S3_ENDPOINT_URL=s3.endpoint, AWS_ACCESS_KEY_ID=s3.access_key, AWS_SECRET_ACCESS_KEY=s3.secret_key,
        DATABASE_URL=postgres.url,
    )  # fmt: skip
    picture = io.BytesIO()
    Image.new("RGB", (96, 128), "teal").save(picture, "JPEG")
    async with sign_up(system.url, picture.getvalue(), picture.getvalue()) as shopper:
        accepted = [await shopper.submit() for _ in range(20)]
        await s3.child.stop()
        await postgres.child.stop()
        refused = 0
        while refused < REFUSALS:
            job = await _try(shopper)
            accepted += [job] if job else []
            refused += job is None
        postgres = await start_postgres(tmp_path / "pg", tmp_path, port=postgres_port)
        s3 = await start_s3(tmp_path / "s3", tmp_path, "shop", port=s3_port)
        async with asyncio.timeout(180):
            while (job := await _try(shopper)) is None:
                await asyncio.sleep(0.2)
        accepted.append(job)
        accepted += [await shopper.submit() for _ in range(5)]

        async with asyncio.timeout(300):
            for job in accepted:
                while (state := (await shopper.http.get(f"/jobs/{job}")).json())["status"] != "completed":
                    assert state["status"] in ("queued", "running"), state
                    await asyncio.sleep(0.2)
        settings = StorageSettings(
            s3_endpoint_url=s3.endpoint, s3_bucket="shop", aws_access_key_id=s3.access_key,
            aws_secret_access_key=s3.secret_key,
        )  # fmt: skip
        async with open_store(settings) as store:
            for job in accepted:
                assert await store.exists(f"users/{shopper.user_id}/results/{job}.jpg")
    await s3.child.stop()
    await postgres.child.stop()
