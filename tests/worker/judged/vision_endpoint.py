"""An endpoint that speaks as a vision model does, and says what its test wants."""

import contextlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from inference.chat import ChatEndpoint
from services.worker.kinds.vision_model import VisionModel

AWAY = ChatEndpoint("http://127.0.0.1:1/v1", "a-model")


@dataclass
class VisionEndpoint:
    """An endpoint that answers with ``content``, or with ``status``."""

    content: str
    status: int = 200
    heard: list[tuple[str, dict, dict]] = field(default_factory=list)
    port: int = 0

    @contextlib.contextmanager
    def serving(self):
        endpoint = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                endpoint.heard.append((self.path, dict(self.headers), body))
                self.send_response(endpoint.status)
                if endpoint.status == 307:
                    self.send_header("location", f"http://127.0.0.1:{endpoint.port}/elsewhere")
                self.end_headers()
                self.wfile.write(
                    json.dumps({"choices": [{"message": {"content": endpoint.content}}]}).encode()
                )

            def log_message(self, *_):
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
            self.port = server.server_address[1]
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            try:
                yield VisionModel(ChatEndpoint(f"http://127.0.0.1:{self.port}/v1", "a-model", "a-key"))
            finally:
                server.shutdown()
