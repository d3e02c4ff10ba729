"""Probes, documents, headers, and what an error looks like when a server is away."""

import asyncio
import gzip
import json
from pathlib import Path

import nats
import pytest
from exposition import number
from loopback import http_client

from services.embedded.postgres import start_postgres
from services.embedded.s3 import start_s3
from services.settings import StorageSettings
from services.storage import open_store
from streams.delivery.dead_letters import letters
from streams.provision import provision


async def test_pages_and_documents_are_served_without_third_parties(url):
    async with http_client(url) as http:
        for path in ("/", "/docs", "/asyncapi"):
            page = await http.get(path)
            assert page.status_code == 200 and page.headers["content-type"].startswith("text/html"), path
            assert "https://" not in page.text.replace("https://www.w3.org", ""), path
            assert "default-src 'self'" in page.headers["content-security-policy"]
            assert page.headers["x-content-type-options"] == "nosniff"
        assert "proteus tryon" in (await http.get("/")).text
        document = (await http.get("/openapi.json")).json()
        assert {"JobEvent", "Problem", "VtonView"} <= document["components"]["schemas"].keys()
        assert document["paths"]["/jobs/try_on"]["post"]["operationId"] == "create_try_on"
        assert (await http.get("/asyncapi.json")).json()["asyncapi"] == "3.0.0"
        assert (await http.get("/healthz")).text == "ok\n"
        ready = (await http.get("/readyz")).json()
        assert ready["parts"] == {"database": "ok", "storage": "ok", "nats": "ok"}
        assert (await http.get("/metrics")).status_code == 404, "what it tells is the operator's"
        assert (await http.get(f"{url.metrics}/metrics")).text.count("proteus_outbox_depth") == 3
        huge = await http.post("/user/login", json={"email": "a@b.c", "password": "x" * 100_000})
        assert (huge.status_code, huge.json()["code"]) == (413, "body_too_large")
        shown = await http.get(wrong_type := huge.json()["type"])
        code = wrong_type.partition("#")[2]
        assert shown.status_code == 200 and f"id='{code}'" in shown.text and code == "body_too_large"
        wrong = await http.patch("/user")
        assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")


async def test_a_queue_that_nobody_can_read_is_told_of_and_its_return_too(site, url):
    async with http_client(url) as http:
        await site.js.delete_consumer("TAILOR", "tailor")
        told = (await http.get("/readyz")).json()
        missing = "consumer 'tailor' of stream TAILOR is missing: run `proteus provision`"
        assert (told["status"], told["parts"]["nats"]) == ("degraded", missing)
        assert 'proteus_part_up{part="nats"} 0.0' in (await http.get(f"{url.metrics}/metrics")).text
        await provision(site.js)
        assert (await http.get("/readyz")).json()["status"] == "ready"


async def test_a_connection_that_rests_for_a_while_is_not_closed_under_the_next_request(url):
    """Clients reuse theirs for five seconds, proxies for a minute: who closes it first must not be the gateway."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for rest in (True, False):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n")
        async with asyncio.timeout(60):
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            assert (await reader.readuntil(b"ok\n")).endswith(b"\r\n\r\nok\n")
        if rest:
            with pytest.raises(TimeoutError):  # not the end of the connection
                await asyncio.wait_for(reader.read(1), 6)
    writer.close()
    await writer.wait_closed()


async def test_a_built_web_app_is_served_and_routes_still_win(site, tmp_path: Path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<h1>app</h1>")
    (tmp_path / "studio.html").write_text("<h1>studio</h1>")
    (tmp_path / "404.html").write_text("<h1>nowhere</h1>")
    (tmp_path / "try").mkdir()
    (tmp_path / "try" / "id.html").write_text("<h1>one</h1>")
    script = tmp_path / "assets" / "x.js"
    script.write_text("1" * 1000)
    script.with_suffix(".js.gz").write_bytes(gzip.compress(script.read_bytes()))
    script.with_suffix(".js.br").write_bytes(b"brotli")
    async with (
        site.gateway(web=True, web_dir=tmp_path, origins="https://shop.example") as url,
        http_client(url) as http,
    ):
        html = {"accept": "text/html"}
        assert (await http.get("/", headers=html)).text == "<h1>app</h1>"
        # A page answers whoever asks: browsers, curl, uptime checks, previews of links.
        assert (await http.get("/studio", headers={"accept": "*/*"})).text == "<h1>studio</h1>"
        assert (await http.head("/try/abc")).status_code == 200
        assert (await http.get("/try/abc")).text == "<h1>one</h1>"
        nowhere = await http.get("/nowhere", headers=html)
        assert (nowhere.status_code, nowhere.text) == (404, "<h1>nowhere</h1>")
        missing = await http.get("/assets/y.js")
        assert (missing.status_code, missing.json()["code"]) == (404, "route_not_found")
        assert (await http.get("/../pyproject.toml")).status_code == 404
        wrong = await http.get("/user/login")
        assert wrong.status_code == 405, "a route of the API is no page"
        assert (await http.get("/healthz")).text == "ok\n"
        assert (await http.get("/config.json")).json()["cookies"] is False
        # The smallest form that the client takes, and no other.
        for accepted, encoding, body in (
            ("gzip, deflate, br", "br", b"brotli"),
            ("gzip", "gzip", script.with_suffix(".js.gz").read_bytes()),
            ("br;q=0, gzip", "gzip", script.with_suffix(".js.gz").read_bytes()),
            ("identity", None, script.read_bytes()),
        ):
            async with http.stream("GET", "/assets/x.js", headers={"accept-encoding": accepted}) as answer:
                raw = b"".join([part async for part in answer.aiter_raw()])
            assert (answer.headers.get("content-encoding"), raw) == (encoding, body), accepted
            assert "Accept-Encoding" in answer.headers["vary"]
            assert answer.headers["content-type"].startswith("text/javascript")
            assert "immutable" in answer.headers["cache-control"]
            again = {"accept-encoding": accepted, "if-none-match": answer.headers["etag"]}
            assert (await http.get("/assets/x.js", headers=again)).status_code == 304
        headers = {"accept-encoding": "br", "range": "bytes=2-5"}
        part = await http.get("/assets/x.js", headers=headers)
        assert (part.status_code, part.text, part.headers.get("content-encoding")) == (206, "1111", None)
        cors = await http.get("/healthz", headers={"origin": "https://shop.example"})
        assert cors.headers["access-control-allow-origin"] == "https://shop.example"


async def test_storage_that_is_away_answers_503_and_jobs_survive(site, join, tmp_path):
    s3 = await start_s3(tmp_path / "s3", tmp_path, "own", port=0)
    site.storage = StorageSettings(
        s3_endpoint_url=s3.endpoint, s3_bucket="own", aws_access_key_id=s3.access_key,
        aws_secret_access_key=s3.secret_key,
    )  # fmt: skip
    async with open_store(site.storage) as store:
        await store.provision(["*"])
    async with site.gateway() as url:
        ada = await join(url)
        await ada.prepare()
        await s3.child.stop()
        refused = await ada.http.post("/jobs/weaver", json=ada.wanted())
        assert (refused.status_code, refused.json()["code"]) == (503, "storage_unavailable")
        assert refused.headers["retry-after"]
        ready = await ada.http.get("/readyz")
        assert ready.status_code == 200, "a replica that says what is away is better than none"
        assert ready.json()["status"] == "degraded" and ready.json()["parts"]["storage"] != "ok"
        assert await number(url, "proteus_part_up", part="storage") == 0
        assert await number(url, "proteus_part_up", part="database") == 1
        assert (await ada.http.get("/vton")).status_code == 200, "what needs no store is answered"
        s3 = await start_s3(tmp_path / "s3", tmp_path, "own", port=int(s3.endpoint.rsplit(":", 1)[1]))
        assert await ada.try_on()
    await s3.child.stop()


async def test_a_database_that_is_away_answers_503_and_results_wait_for_it(site, join, tmp_path):
    postgres = await start_postgres(tmp_path / "pg", tmp_path, port=0)
    port = int(postgres.url.rsplit(":", 1)[1].split("/")[0])
    site.database_url = postgres.url
    async with site.gateway() as url:
        ada = await join(url)
        await ada.prepare()
        job = await ada.try_on()
        request = await site.request()
        await postgres.child.stop()
        refused = await ada.http.get(f"/jobs/{job}")
        assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
        assert refused.headers["retry-after"]
        await site.ended(request)
        postgres = await start_postgres(tmp_path / "pg", tmp_path, port=port)
        async with asyncio.timeout(60):
            while True:
                answer = await ada.http.get(f"/jobs/{job}")
                if answer.status_code == 200 and answer.json()["status"] == "completed":
                    break
                await asyncio.sleep(0.1)
    await postgres.child.stop()


async def test_what_is_no_result_is_buried_and_the_ledger_goes_on(shopper, site):
    await shopper.try_on()
    request = await site.request()
    subject = f"results.{shopper.id}.{request.job_id}"
    for body in (b"\xff", b"{}", b'{"job_id": "job_x", "status": "completed"}'):
        await site.js.publish(subject, body)
    await site.ended(request)
    async with asyncio.timeout(60):
        while (await shopper.http.get(f"/jobs/{request.job_id}")).json()["status"] != "completed":
            await asyncio.sleep(0.05)
        while len([letter async for _, letter in letters(site.js)]) < 3:
            await asyncio.sleep(0.05)


async def test_a_queue_that_is_away_takes_jobs_and_publishes_them_later(site, join, own_nats):
    async with site.gateway() as url:
        ada = await join(url)
        await ada.prepare()
        await own_nats.stop()
        job = await ada.try_on()
        assert (await ada.http.get(f"/jobs/{job}")).json()["status"] == "queued"
        await own_nats.start()
        client = await nats.connect(own_nats.url)
        async with asyncio.timeout(60):
            while not (await client.jetstream(timeout=60).stream_info("TRYON")).state.messages:
                await asyncio.sleep(0.1)
        await client.close()


async def test_a_job_cancelled_while_the_queue_was_away_is_told_of_in_order(site, join, own_nats):
    async with site.gateway() as url:
        ada = await join(url)
        await ada.prepare()
        await own_nats.stop()
        job = await ada.try_on()
        assert (await ada.http.delete(f"/jobs/{job}")).json()["status"] == "cancelled"
        await own_nats.start()
        client = await nats.connect(own_nats.url)
        events = await client.jetstream(timeout=60).subscribe(f"events.{ada.id}", ordered_consumer=True)
        told = [json.loads((await events.next_msg(timeout=60)).data)["status"] for _ in range(2)]
        assert told == ["queued", "cancelled"]
        async with asyncio.timeout(60):
            while (await client.jetstream(timeout=60).stream_info("TRYON")).state.messages:
                await asyncio.sleep(0.1)
        await client.close()


async def test_a_body_that_does_not_come_is_not_waited_for(url):
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /user/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
    writer.write(b'Content-Length: 50\r\n\r\n{"email":')
    async with asyncio.timeout(120):
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 408") and b"body_too_slow" in answer
    writer.close()
    await writer.wait_closed()
