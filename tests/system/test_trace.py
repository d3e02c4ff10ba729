"""One trace of one try-on, from the request to the event, as a collector of OpenTelemetry hears it."""

import asyncio
import gzip
import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from PIL import Image

from benchmarks.system.shopper import sign_up, wait_final

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Collector:
    """Takes OTLP over HTTP; spans of TRACE by name, with service, id, parent and length in milliseconds.

    ``bodies``: all that was sent. ``asked``: paths of requests with the queries that their spans show.
    """

    def __init__(self):
        self.spans: list[dict] = []
        self.bodies: list[bytes] = []
        self.asked: dict[str, str] = {}
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.bodies.append(body)
                collector.take(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def take(self, request):
        for resource in request.resource_spans:
            service = next(
                a.value.string_value for a in resource.resource.attributes if a.key == "service.name"
            )
            for span in (span for scope in resource.scope_spans for span in scope.spans):
                told = {each.key: each.value.string_value for each in span.attributes}
                if "url.query" in told:
                    self.asked[told["url.path"]] = told["url.query"]
                if span.trace_id.hex() == TRACE:
                    took = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6
                    self.spans.append(
                        {"service": service, "name": span.name, "id": span.span_id.hex(),
                         "parent": span.parent_span_id.hex(), "start": span.start_time_unix_nano, "ms": took}
                    )  # fmt: skip

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def collector():
    collector = Collector()
    yield collector
    collector.close()


async def test_a_trace_goes_from_the_request_to_the_event_and_tells_no_secret(up, collector):
    system = await up(
        "--engine", "simulated", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_BSP_SCHEDULE_DELAY="200",
    )  # fmt: skip
    picture = io.BytesIO()
    Image.new("RGB", (96, 128), "teal").save(picture, "JPEG")
    async with sign_up(system.url, picture.getvalue(), picture.getvalue()) as shopper:
        await one_trace(shopper, collector)
        await no_secret(shopper, collector)


async def one_trace(shopper, collector):
    async with await shopper.listen() as socket:
        shopper.http.headers["traceparent"] = f"00-{TRACE}-00f067aa0ba902b7-01"
        job = await shopper.submit()
        del shopper.http.headers["traceparent"]
        assert (await wait_final(socket, job, 300))["status"] == "completed"
    wanted = {
        ("proteus-gateway", "POST /jobs/weaver"),
        ("proteus-gateway", "publish event"),
        ("proteus-gateway", "publish tryon.requests.standard"),
        ("proteus-weaver", "work try_on"),
        ("proteus-weaver", "download person picture"),
        ("proteus-weaver", "decode garment picture"),
        ("proteus-weaver", "wait and forward pass"),
        ("proteus-weaver", "encode"),
        ("proteus-weaver", "upload"),
        ("proteus-gateway", "write completed"),
        ("proteus-gateway", "event completed"),
    }
    async with asyncio.timeout(180):
        while not wanted <= {(span["service"], span["name"]) for span in collector.spans}:
            await asyncio.sleep(0.1)

    by_id = {span["id"]: span for span in collector.spans}
    (post,) = [span for span in collector.spans if span["name"] == "POST /jobs/weaver"]
    assert post["parent"] == "00f067aa0ba902b7"
    for span in sorted(collector.spans, key=lambda span: span["start"]):
        depth, above = 0, span
        while above is not post:
            above, depth = by_id[above["parent"]], depth + 1
        after = (span["start"] - post["start"]) / 1e6
        print(f"{after:8.1f} ms {'  ' * depth}{span['name']} ({span['service']}, {span['ms']:.1f} ms)")


async def no_secret(shopper, collector):
    """Of a socket that is opened, of one whose upgrade a proxy lost, and of a presigned URL that came to us."""
    token = (await shopper.http.get("/user/ws-token")).raise_for_status().json()["token"]
    async with await shopper.listen() as socket:
        opened_with = parse_qs(urlsplit(socket.request.path).query)["token"][0]
    await shopper.http.get("/ws", params={"token": token, "since": "7"})
    signature = {"X-Amz-Signature": "5f1dd0d3", "X-Amz-Date": "20261121T000000Z", "uploadId": "0b5e55ed"}
    await shopper.http.get("/users/a/person.jpg", params=signature)
    async with asyncio.timeout(180):
        while not {"/ws", "/users/a/person.jpg"} <= collector.asked.keys():
            await asyncio.sleep(0.1)
    assert collector.asked["/ws"] == "token=REDACTED&since=REDACTED"
    assert collector.asked["/users/a/person.jpg"] == (
        "X-Amz-Signature=REDACTED&X-Amz-Date=REDACTED&uploadId=REDACTED"
    )
    everything = b"".join(collector.bodies)
    for secret in (token, opened_with, *signature.values()):
        assert secret.encode() not in everything
