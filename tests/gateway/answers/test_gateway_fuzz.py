"""Generated requests against every route of the live document: no fault, no status that it does not name."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from schemas.jobs import SPECS
from schemas.jobs.base import JobError

CONFIG = """
[parameters]
"path.job_id" = "{job}"

# Every other request would be 401, which test_gateway_ownership says better.
[[operations]]
include-path = "/user/logout"
enabled = false

[[operations]]
include-path = "/user"
enabled = false
"""


#: Of each route, by night, when every boundary of every schema is tried as well; by day there are fewer.
NIGHTLY = os.environ.get("PROTEUS_FUZZ_EXAMPLES")
BY_DAY = ("--max-examples", "30", "--phases", "examples,fuzzing,stateful")


@pytest.mark.timeout(1260)  # its examples take a minute, more on request
async def test_no_generated_request_is_a_fault_or_a_surprise(site, url, shopper, tmp_path: Path, unmeasured):
    """`make fuzz-nightly` makes nearly 10,000 cases."""
    await site.make_admin(shopper)  # so that the operator's routes answer, too

    async def refuse(message):
        """As a tailor does; without one, each upload waits for half a minute."""
        request = SPECS["tailor"].request.model_validate_json(message.data)
        error = JobError(code="picture_unreadable", message="The file is damaged.")
        await site.ended(request, status="failed", error=error)

    await site.client.subscribe("tailor.requests", cb=refuse)
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG.format(job=await shopper.try_on()))
    token = next(cookie.value for cookie in shopper.http.cookies.jar)
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).parent / "schemathesis", "--config-file", config, "run", f"{url}/openapi.json",
        "--header", f"Authorization: Bearer {token}", "--checks", "all", "--seed", "7",
        # Whose a key is, is more than a schema can say.
        "--exclude-checks", "positive_data_acceptance",
        "--request-timeout", "60", "--max-response-time", "60",
        "--suppress-health-check", "too_slow",  # of the machine
        *(("--max-examples", NIGHTLY) if NIGHTLY else BY_DAY),
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        said = (await asyncio.wait_for(process.communicate(), 1200))[0].decode()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, said[-8000:]
    cases = re.search(r"(\d[\d,]*) generated", said)
    assert cases and int(cases[1].replace(",", "")) > 1000, said[-2000:]
    print(cases[0])
