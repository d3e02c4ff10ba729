"""POST /segment of the tailor: a picture in, the garment as a transparent PNG out."""

import asyncio
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse

from inference.batcher import Batcher
from inference.credentials import Marker
from inference.engine import TailorItem
from inference.errors import EngineFault, PictureError
from inference.marks import DigitalSource
from inference.pictures import encode_png
from schemas.jobs.try_on import GarmentPart
from services.worker.kinds.base import Decode

_TIMEOUT = 60.0
_HTTP_STATUS = {"picture_type": 415, "picture_too_large": 413}


def add_segment_route(app: FastAPI, batcher: Batcher, decode: Decode, mark: Marker, max_bytes: int) -> None:
    """Serve it through the same batcher as the queue's jobs."""

    @app.post(
        "/segment",
        responses={200: {"content": {"image/png": {}}}, 413: {}, 415: {}, 422: {}, 503: {}},
        response_class=Response,
    )
    async def segment(
        request: Request, garment: Annotated[GarmentPart, Query()] = GarmentPart.UPPER
    ) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > max_bytes:
                return _problem(413, "picture_too_large", f"at most {max_bytes // 2**20} MB are accepted")
        try:
            picture = await decode(bytes(body))
            ticket = batcher.submit(
                TailorItem(picture, garment),
                on_start=lambda: None,
                on_progress=lambda _fraction, _steps: None,
            )
            try:
                ran = await asyncio.wait_for(ticket.done, _TIMEOUT)
            except (TimeoutError, asyncio.CancelledError):
                batcher.cancel(ticket)
                return _problem(503, "busy", "the tailor is busy or stopping: try again", retry_after=5)
            if isinstance(ran.outcome, PictureError):
                raise ran.outcome
        except PictureError as error:
            return _problem(_HTTP_STATUS.get(error.code, 422), error.code, error.message)
        except EngineFault as fault:
            return _problem(503, "engine_fault", str(fault), retry_after=5)
        cutout = ran.outcome
        png = await asyncio.to_thread(lambda: mark(encode_png(cutout.image), DigitalSource.ALTERED, ""))
        headers = {"x-low-confidence": str(cutout.low_confidence).lower()}
        return Response(png, media_type="image/png", headers=headers)


def _problem(status: int, code: str, detail: str, retry_after: int | None = None) -> JSONResponse:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return JSONResponse(
        {"type": "about:blank", "title": code, "status": status, "detail": detail, "code": code},
        status,
        headers,
        media_type="application/problem+json",
    )
