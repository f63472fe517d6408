"""An OpenAI-compatible server on loopback that sees: it names the colour in the middle of the pictures it is sent."""

from __future__ import annotations

import contextlib
import io
import json
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

NAMES = {(220, 20, 20): "red", (20, 140, 20): "green", (20, 20, 220): "blue", (255, 255, 255): "white"}
KEY = "sk-test-0123456789"


@dataclass(frozen=True)
class Reply:
    """What the server says to one request."""

    content: object = "A picture."
    status: int = 200
    finish_reason: str = "stop"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None  # instead of all that
    message: dict[str, Any] = field(default_factory=dict)
    usage: dict[str, int] | None = field(default_factory=lambda: {"prompt_tokens": 100, "completion_tokens": 10})


@dataclass
class ChatServer:
    """`answer(request, picture)` may be replaced; the pictures of the probe never get there unless `probed` is."""

    url: str = ""
    answer: Callable[[dict[str, Any], Image.Image], Reply] = lambda request, picture: Reply(describe(picture))
    probed: Callable[[dict[str, Any], Image.Image], Reply] = lambda request, picture: Reply(colour(picture))
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def colour(picture: Image.Image) -> str:
    """The nearest of the names, since JPEG does not keep colours to the last bit."""
    seen = picture.getpixel((picture.width // 2, picture.height // 2))
    return min(NAMES.items(), key=lambda item: sum((a - b) ** 2 for a, b in zip(item[0], seen, strict=True)))[1]


def describe(picture: Image.Image) -> str:
    return f"A {colour(picture)} picture of {picture.width} by {picture.height}."


@contextlib.contextmanager
def serve_chat() -> Iterator[ChatServer]:
    chat = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_POST(self):
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/v1/chat/completions":
                return self.send(Reply(status=404, body=b"404 page not found"))
            with chat.lock:
                chat.requests.append(request)
                chat.keys.append(self.headers.get("Authorization"))
                chat.at_once += 1
                chat.most_at_once = max(chat.most_at_once, chat.at_once)
            text, picture = request["messages"][0]["content"]
            kind, _, data = picture["image_url"]["url"].partition(",")
            assert kind == "data:image/jpeg;base64"
            image = Image.open(io.BytesIO(b64decode(data)))
            answer = chat.probed if "colour" in text["text"] else chat.answer
            reply = answer(request, image)
            with chat.lock:
                chat.at_once -= 1
            return self.send(reply)

        def send(self, reply: Reply) -> None:
            message = {"role": "assistant", "content": reply.content} | reply.message
            answer = {
                "model": "seer-2026",
                "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason}],
                "usage": reply.usage,
            }
            body = reply.body if reply.body is not None else json.dumps(answer).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            with contextlib.suppress(ConnectionError):  # the other side may have given up
                self.end_headers()
                self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        chat.url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield chat
        finally:
            server.shutdown()
            thread.join()


def error_body(message: str, **more: str) -> bytes:
    return json.dumps({"error": {"message": message} | more}).encode()
