"""The built web app: each file as small as the client takes it, a page by its address, 404 for all else."""

import gzip
import hashlib
import mimetypes
import os
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

#: What the build lays beside a file, by the name that HTTP has for it; the smaller one first.
ENCODINGS = {"br": ".br", "gzip": ".gz"}


class WebFiles(StaticFiles):
    """``/studio`` is ``studio.html``, ``/try/…`` is ``try/id.html``: the build writes a file for each page.

    A browser that asks for a page that is not there gets ``404.html``, which says so; anybody else the 404 alone.
    """

    def __init__(self, directory: Path, brand: Callable[[str, str], str]) -> None:
        """``brand(file, text)`` changes a page's text; what it leaves as it is goes out as the build made it."""
        super().__init__(directory=directory)
        pages = [*directory.resolve().rglob("*.html"), *directory.resolve().glob("manifest.json")]
        texts = {page: page.read_text(encoding="utf-8") for page in pages}
        self._changed = {
            str(page): _Changed(new.encode())
            for page, text in texts.items()
            if (new := brand(page.name, text)) != text
        }
        #: Where each file lies that the build has made smaller, looked up once.
        self._smaller = {
            str(name): name.stat()
            for ending in ENCODINGS.values()
            for name in directory.resolve().rglob(f"*{ending}")
        }

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Raises HTTPException (404, 405)."""
        if path == ".":
            return await super().get_response("index.html", scope)
        for name in (path, f"{path}.html", str(Path(path).with_name("id.html"))):
            try:
                return await super().get_response(name, scope)
            except HTTPException as problem:
                if problem.status_code != 404:
                    raise
        if "text/html" not in Headers(scope=scope).get("accept", ""):
            raise HTTPException(404)
        page = await super().get_response("404.html", scope)
        if page.status_code == 200:
            page.status_code = 404
        return page

    def file_response(
        self,
        full_path: PathLike[Any] | str,
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """The smallest form that the client takes; whoever asks for a range gets it of the file itself."""
        asked, plain = Headers(scope=scope), str(full_path)
        if plain in self._changed:
            return self._own(self._changed[plain], plain, asked, status_code)
        forms = {
            name: plain + ending for name, ending in ENCODINGS.items() if plain + ending in self._smaller
        }
        taken = _accepted(asked.get("accept-encoding", ""))
        encoding = None if "range" in asked else next((name for name in forms if name in taken), None)
        headers = {"Vary": "Accept-Encoding"} if forms else {}
        path, stat = plain, stat_result
        if encoding is not None:
            path, headers["Content-Encoding"] = forms[encoding], encoding
            stat = self._smaller[path]
        kind = mimetypes.guess_type(plain)[0] or "application/octet-stream"
        response = FileResponse(path, status_code, headers, media_type=kind, stat_result=stat)
        if self.is_not_modified(response.headers, asked):
            return NotModifiedResponse(response.headers)
        return response

    def _own(self, page: "_Changed", name: str, asked: Headers, status_code: int) -> Response:
        small = "gzip" in _accepted(asked.get("accept-encoding", ""))
        headers = {"Vary": "Accept-Encoding", "ETag": page.etag}
        if small:
            headers["Content-Encoding"] = "gzip"
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        response = Response(page.gzip if small else page.plain, status_code, headers, media_type=kind)
        if self.is_not_modified(response.headers, asked):
            return NotModifiedResponse(response.headers)
        return response


class _Changed:
    """A page that is not as it was built, in both its forms."""

    def __init__(self, plain: bytes) -> None:
        self.plain, self.gzip = plain, gzip.compress(plain, mtime=0)
        self.etag = f'"{hashlib.sha256(plain).hexdigest()[:32]}"'


def _accepted(header: str) -> set[str]:
    """Encodings that an Accept-Encoding header names, less those that it forbids (``q=0``)."""
    found = set()
    for part in header.lower().split(","):
        name, _, weight = (piece.strip() for piece in part.partition(";"))
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            found.add(name)
    return found
