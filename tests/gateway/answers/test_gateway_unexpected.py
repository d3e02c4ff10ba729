"""What nobody foresaw is answered like every other error."""

import httpx
from fastapi import FastAPI
from prometheus_client import Histogram
from starlette.middleware.cors import CORSMiddleware

from services.gateway import errors
from services.gateway.middleware import RequestContext

PAGE = {"Origin": "https://shop.example"}


async def test_a_fault_has_a_request_id_and_can_be_read_by_an_allowed_page():
    app = FastAPI()
    errors.install(app)
    app.add_middleware(CORSMiddleware, allow_origins=[PAGE["Origin"]])
    seconds = Histogram("seconds", "", ["method", "route", "status"], registry=None)
    app.add_middleware(RequestContext, seconds=seconds, store_url="http://s3", max_upload=1)

    @app.get("/fault")
    async def fault() -> None:
        raise RuntimeError("a secret")

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as http:
        answer = await http.get("/fault", headers=PAGE)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    assert len(answer.headers["x-request-id"]) == 32
    assert answer.headers["access-control-allow-origin"] == PAGE["Origin"]
