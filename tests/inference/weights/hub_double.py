"""A server that speaks the hub's endpoints over files on disk, and can go away in the middle of one."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Serves ``root/org/name/file`` as every revision, all of one commit.

    With ``break_after``, the first file larger than that many bytes is cut there, and nothing is served after it.
    """

    def __init__(self, root: Path, break_after: int | None = None) -> None:
        self.ranges: list[str] = []
        self.paths: list[str] = []
        self.gone = False
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self._answer(body=False)

            def do_GET(self) -> None:
                self._answer(body=True)

            def _answer(self, body: bool) -> None:
                hub.paths.append(f"{self.command} {self.path}")
                if self.path.startswith("/api/models/"):
                    self._list(self.path.removeprefix("/api/models/").partition("/revision/")[0])
                    return
                repo, _, rest = self.path.lstrip("/").partition("/resolve/")
                path = root / repo / rest.partition("/")[2]
                if hub.gone or not path.is_file():
                    self.send_response(404)
                    self.send_header("X-Error-Code", "EntryNotFound")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                data = path.read_bytes()
                start = 0
                if wanted := self.headers.get("Range"):
                    hub.ranges.append(wanted)
                    start = int(wanted.removeprefix("bytes=").split("-")[0])
                self.send_response(206 if start else 200)
                self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
                self.send_header("X-Repo-Commit", COMMIT)
                self.send_header("Accept-Ranges", "bytes")
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
                self.send_header("Content-Length", str(len(data) - start))
                self.end_headers()
                if not body:
                    return
                if break_after and len(data) > break_after:
                    hub.gone = True
                    self.wfile.write(data[start : start + break_after])
                    self.close_connection = True
                    return
                self.wfile.write(data[start:])

            def _list(self, repo: str) -> None:
                files = sorted(path for path in (root / repo).glob("**/*") if path.is_file())
                names = [{"rfilename": path.relative_to(root / repo).as_posix()} for path in files]
                data = json.dumps({"id": repo, "sha": COMMIT, "siblings": names}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "Hub":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"
