"""What is said between laptop and centre, written down to the byte and said again."""

from __future__ import annotations

import base64
import http.client
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mobile_reception.sync import protocol
from mobile_reception.sync.protocol import Credentials

Said = dict[str, Any]
"""One exchange: ``method``, ``target``, ``headers``, ``body``, ``status``, ``answer_headers``, ``answer``."""


def ask(url: str, said: Said) -> Said:
    """Send a recorded request as it was; the exchange that comes of it."""
    there = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        there.request(said["method"], said["target"], base64.b64decode(said["body"]) or None, said["headers"])
        answer = there.getresponse()
        content = answer.read()
    finally:
        there.close()
    told = {name.lower(): value for name, value in answer.getheaders()}
    asked = {name: said[name] for name in ("method", "target", "headers", "body")}
    answered = {"status": answer.status, "answer_headers": told}
    return {**asked, **answered, "answer": base64.b64encode(content).decode()}


@contextmanager
def _answering(answer: Callable[[Said], Said]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {k: v for k, v in self.headers.items() if k.lower() not in {"host", "connection"}}
            asked = {"method": self.command, "target": self.path, "headers": headers}
            said = answer({**asked, "body": base64.b64encode(body).decode()})
            self.send_response_only(said["status"])
            for name, value in said["answer_headers"].items():
                if name.lower() not in {"connection", "date", "content-length"}:
                    self.send_header(name, value)
            content = base64.b64decode(said["answer"])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_HEAD = do_PATCH = do_DELETE = _any  # noqa: N815 - the library's names

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join(20)
        server.server_close()


@contextmanager
def recorded(url: str, into: list[Said]) -> Iterator[str]:
    """An address that passes everything on to ``url`` and writes down what was said."""

    def passing(asked: Said) -> Said:
        said = ask(url, asked)
        into.append(said)
        return said

    with _answering(passing) as address:
        yield address


def more(asked: str, recorded: str) -> bool:
    """Whether a target is the recorded one with parameters that are new since."""
    now, before = urlsplit(asked), urlsplit(recorded)
    return now.path == before.path and set(parse_qsl(before.query)) <= set(parse_qsl(now.query))


@contextmanager
def replayed(record: list[Said], centre: Ed25519PrivateKey) -> Iterator[tuple[str, list[Said]]]:
    """A centre that gives the recorded answers, each once, and to anything else what it said to strangers.

    An answer fits the nonce of its request only, so the laptop has to ask with the recorded ones; where it
    asks for more than the former centre knew, that one would have signed the same answer for the longer
    target. Also given: what was asked beyond the record.
    """
    waiting = list(record)
    beyond: list[Said] = []

    def answer(asked: Said) -> Said:
        for said in waiting:
            if (said["method"], said["target"]) == (asked["method"], asked["target"]):
                waiting.remove(said)
                return said
        for said in waiting:
            if said["method"] == asked["method"] and more(asked["target"], said["target"]):
                waiting.remove(said)
                return signed_anew(said, asked)
        beyond.append(asked)
        body = base64.b64encode(b'{"detail":"Not Found"}').decode()
        unknown = {"status": 404, "answer_headers": {"content-type": "application/json"}, "answer": body}
        return signed_anew(unknown, asked)

    def signed_anew(said: Said, asked: Said) -> Said:
        nonce = {name.lower(): value for name, value in asked["headers"].items()}.get("x-nonce", "")
        body = base64.b64decode(said["answer"])
        proof = protocol.sign_answer(
            centre, status=said["status"], target=asked["target"], nonce=nonce, body=body
        )
        told = {k: v for k, v in said["answer_headers"].items() if k.lower() != "x-centre-signature"}
        return {**said, "answer_headers": {**told, "x-centre-signature": proof}}

    nonces = list(record)
    sign = Credentials.sign

    def signed(key: Ed25519PrivateKey, **named: Any) -> Credentials:
        for said in nonces:
            if (said["method"], said["target"]) == (named["method"], named["target"]):
                nonces.remove(said)
                headers = {name.lower(): value for name, value in said["headers"].items()}
                with mock.patch.object(secrets, "token_urlsafe", return_value=headers["x-nonce"]):
                    return sign(key, **named)
        return sign(key, **named)

    with mock.patch.object(Credentials, "sign", signed), _answering(answer) as address:
        yield address, beyond
