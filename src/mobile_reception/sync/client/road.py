"""One exchange with the centre over a network that may lie: only what the centre signed is believed."""

from __future__ import annotations

import http.client
import io
import ipaddress
import secrets
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, Final, Self, cast
from urllib.parse import urlsplit

import requests
import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from mobile_reception import __version__
from mobile_reception.store.values import Enrolment
from mobile_reception.sync import protocol
from mobile_reception.sync.protocol import Credentials, Reason, TooLarge, Unreadable

_WHOLE: Final = 2.5  # times the time-out of one read: the longest from the call to the end of the answer
_BIT: Final = 16 * 1024
# Bytes that the system may hold for us: with megabytes of them a slow line looks like a silent centre.
_IN_FLIGHT: Final = 128 * 1024
_CLOCK_CODES: Final = {9, 10}  # OpenSSL: certificate not yet valid, expired


class RoadClosed(Exception):
    """The exchange did not go through, for ``reason``.

    ``again`` says that trying once more at once makes sense, ``smaller`` that less in one go may help, and
    ``retry_after`` how many seconds the centre asked for.
    """

    def __init__(
        self, reason: Reason, *, again: bool = False, smaller: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.again = again
        self.smaller = smaller
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer under the centre's signature."""

    status: int
    document: Mapping[str, Any]
    body: bytes
    signature: bytes

    @property
    def code(self) -> str:
        """The protocol's word for what happened."""
        code = self.document.get("code")
        return code if isinstance(code, str) else ""


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of a request that was not signed; its headers, which no signature covers, are unsure."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Bits:
    """A body that is sent in small bits; its length is known."""

    def __init__(self, whole: bytes) -> None:
        self._whole = whole

    def __len__(self) -> int:
        return len(self._whole)

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self._whole), _BIT):
            yield self._whole[start : start + _BIT]


class Road:
    """The way to one centre. ``centre_key`` None believes whichever key the first answer names (`hello`).

    Raises ValueError for a URL that is neither https nor http to this very machine, or a ``ca`` (PEM text)
    without certificates.
    """

    def __init__(
        self,
        url: str,
        *,
        ca: str | None,
        centre_key: bytes | None,
        timeout: float,
        tls_keys: Collection[str] = (),
    ) -> None:
        self._base = checked_url(url)
        self._centre_key = centre_key
        self._timeout = timeout
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.adapters.clear()
        self._http.mount(f"{urlsplit(self._base).scheme}://", _Adapter(_context(ca), tls_keys))

    @classmethod
    def to(cls, enrolment: Enrolment, *, timeout: float) -> Self:
        """The way to the centre that a laptop has joined: its authority, and the keys that it has named."""
        return cls(
            enrolment.url,
            ca=enrolment.ca,
            centre_key=enrolment.centre_key,
            timeout=timeout,
            tls_keys=enrolment.tls_keys,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def ask(
        self,
        method: str,
        target: str,
        *,
        key: Ed25519PrivateKey,
        device: str,
        clock: Callable[[], datetime],
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Ask the centre, signed by ``key`` in the name of ``device``; any signed answer is given back.

        Raises RoadClosed for everything that is no signed answer.
        """
        signed = Credentials.sign(key, device=device, method=method, target=target, body=body, now=clock())
        return self._believed(method, target, signed, body, headers or {})[0]

    def fetch(
        self, target: str, *, key: Ed25519PrivateKey, device: str, clock: Callable[[], datetime]
    ) -> tuple[Reply, bytes]:
        """Ask for lines of facts: the answer's first line as a document, and all of it, inflated.

        Raises RoadClosed, also for an answer that is over the protocol's limit once inflated.
        """
        signed = Credentials.sign(key, device=device, method="GET", target=target, body=b"", now=clock())
        return self._believed("GET", target, signed, b"", {"Accept-Encoding": "gzip"})

    def _believed(
        self, method: str, target: str, signed: Credentials, body: bytes, headers: Mapping[str, str]
    ) -> tuple[Reply, bytes]:
        """An answer that the centre signed, and its bytes without their gzip."""
        status, answer, told = self._exchange(method, target, body, {**signed.headers, **headers})
        try:
            proof = self._proof(status, target, signed.nonce, answer, told)
            plain = answer
            if told.get("content-encoding") == "gzip":
                plain = protocol.unsqueeze(answer, protocol.ANSWER_LIMIT)
            return Reply(status, protocol.load(plain.partition(b"\n")[0]), answer, proof), plain
        except (Unreadable, TooLarge) as error:
            raise RoadClosed(Reason.CAPTIVE_PORTAL, again=True, smaller=True) from error

    def _proof(self, status: int, target: str, nonce: str, answer: bytes, told: Mapping[str, str]) -> bytes:
        """The centre's signature under an answer. Raises RoadClosed, Unreadable."""
        signature = told.get("x-centre-signature")
        if signature is None:
            if status >= 500 and status != 511:
                raise RoadClosed(Reason.SERVER_ERROR, retry_after=_retry_after(told))
            raise RoadClosed(Reason.CAPTIVE_PORTAL)
        proof = protocol.unbase64(signature)
        key = self._centre_key or _named_key(answer)
        if not protocol.check_answer(key, signature, status=status, target=target, nonce=nonce, body=answer):
            # A byte was turned on the way, which passes; or this is another centre, which stays.
            raise RoadClosed(Reason.BAD_CERTIFICATE, again=True, smaller=True)
        return proof

    def carry(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Carried:
        """A request that is not signed, such as tus makes; only its status and body are the centre's word.

        A large body goes out bit by bit: what is timed is each bit, not all of it. Raises RoadClosed.
        """
        nonce = secrets.token_urlsafe(18)
        told = {**headers, "X-Nonce": nonce}
        status, answer, said = self._exchange(method, target, _Bits(body) if body else b"", told)
        try:
            self._proof(status, target, nonce, answer, said)
        except Unreadable as error:
            raise RoadClosed(Reason.CAPTIVE_PORTAL, again=True, smaller=True) from error
        return Carried(status, said, answer)

    def _exchange(
        self, method: str, target: str, body: bytes | _Bits, headers: Mapping[str, str]
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """Status, raw body and headers of whatever answers."""
        always = {
            "Accept-Encoding": "identity",
            "User-Agent": f"mobile-reception/{__version__}",
            "X-Protocol": str(protocol.VERSION),
        }
        try:
            with self._http.request(
                method,
                self._base + target,
                data=body or None,
                headers={**always, **headers},
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                return response.status_code, b"".join(_capped(response)), response.headers
        except requests.exceptions.SSLError as error:
            raise _tls_trouble(error) from error
        except ssl.SSLError as error:
            raise RoadClosed(Reason.OFFLINE, again=True, smaller=True) from error
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            # Nobody there ends the call, and so does who drips; after a cut less in one go may pass.
            gone = (urllib3.exceptions.NewConnectionError, requests.ConnectTimeout, _TooLong)
            there = not _holds(error, *gone)
            raise RoadClosed(Reason.OFFLINE, again=there, smaller=there) from error


def checked_url(url: str) -> str:
    """``url`` without its last slash; raises ValueError unless https, or http to this very machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host or parts.query or parts.fragment or parts.username:
        raise ValueError("no address of a centre")
    if parts.scheme == "https" or (parts.scheme == "http" and _loopback(host)):
        return url.rstrip("/")
    raise ValueError("only https, or http to this very machine")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _context(ca: str | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cadata=ca)
    except ssl.SSLError as error:
        raise ValueError("no certificates in the CA file") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _named_key(answer: bytes) -> bytes:
    return protocol.unbase64(protocol.load(answer).get("centre_key"))


def _capped(response: requests.Response) -> Iterator[bytes]:
    size = 0
    while chunk := response.raw.read(64 * 1024, decode_content=False):
        size += len(chunk)
        if size > protocol.ANSWER_LIMIT:
            raise RoadClosed(Reason.CAPTIVE_PORTAL)
        yield chunk


def _retry_after(headers: Mapping[str, str]) -> float | None:
    said = headers.get("retry-after", "")
    return float(said) if said.isdigit() and len(said) < 6 else None


def _tls_trouble(error: BaseException) -> RoadClosed:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            wrong = cause.verify_code in _CLOCK_CODES
            return RoadClosed(Reason.CLOCK if wrong else Reason.BAD_CERTIFICATE)
        if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return RoadClosed(Reason.OFFLINE, again=True, smaller=True)
    return RoadClosed(Reason.BAD_CERTIFICATE)


def _holds(error: BaseException, *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception with all that it wraps, by whichever of the three ways its library knows."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting.extend((each.__cause__, each.__context__, getattr(each, "reason", None), *each.args))


# -- A server that drips ---------------------------------------------------------------------------------


class _TooLong(TimeoutError):
    """The exchange has taken all the time that it had."""


class _Paced(io.RawIOBase):
    """A socket's bytes until a deadline for all of them: a time-out of single reads never ends a drip."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._plain = sock.makefile("rb", buffering=0)
        self._step = sock.gettimeout() or 60.0
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise _TooLong
        self._sock.settimeout(min(self._step, left))
        try:
            return self._plain.readinto(buffer)
        except TimeoutError as error:
            if left < self._step:
                raise _TooLong from error
            raise

    def close(self) -> None:
        self._plain.close()
        super().close()


class _PacedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, deadline: float, **named: Any) -> None:
        super().__init__(sock, *args, **named)
        plain = self.fp
        self.fp = io.BufferedReader(_Paced(sock, deadline))
        plain.close()


class _Hurried(HTTPConnection):
    """A connection on which an exchange has one deadline: for the call, the request and its answer.

    A body that goes out in bits has a time-out for each of them instead, and the deadline is its answer's.
    """

    _began: float | None = None
    _in_bits = False

    def connect(self) -> None:
        self._began = time.monotonic()
        super().connect()

    def putrequest(self, *args: Any, **named: Any) -> None:
        if self._began is None:  # on a connection of before
            self._began = time.monotonic()
        super().putrequest(*args, **named)

    def request(self, method: str, url: str, body: Any = None, *args: Any, **named: Any) -> None:
        self._in_bits = isinstance(body, _Bits)
        super().request(method, url, body, *args, **named)

    def send(self, data: Any) -> None:
        super().send(data)
        if self._in_bits:
            self._began = time.monotonic()

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # as urllib3 itself does
        began, self._began = self._began or time.monotonic(), None
        deadline = began + _WHOLE * float(self.timeout or 60)
        cast("Any", self).response_class = partial(_PacedResponse, deadline=deadline)
        return super().getresponse()


class _HTTP(_Hurried):
    pass


class _HTTPS(_Hurried, HTTPSConnection):
    tls_keys: Collection[str] = ()

    def connect(self) -> None:
        """As ever; then, before a byte of any request, whether this is a key that the centre has named."""
        super().connect()
        shown = self.sock.getpeercert(True) if isinstance(self.sock, ssl.SSLSocket) else None
        if self.tls_keys and (shown is None or protocol.tls_key(shown) not in self.tls_keys):
            self.close()
            raise ssl.SSLError("the key is none that the centre has named")


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTP


class _Adapter(HTTPAdapter):
    """Our TLS context and nothing else: requests would add its own bundle of authorities to it."""

    def __init__(self, context: ssl.SSLContext, tls_keys: Collection[str]) -> None:
        self._context = context
        connection = type("_Named", (_HTTPS,), {"tls_keys": frozenset(tls_keys)})
        self._https = type("_HTTPSPool", (HTTPSConnectionPool,), {"ConnectionCls": connection})
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **named: Any) -> None:
        options = [*HTTPConnection.default_socket_options, (socket.SOL_SOCKET, socket.SO_SNDBUF, _IN_FLIGHT)]
        super().init_poolmanager(
            connections,
            maxsize,
            block=block,
            ssl_context=self._context,
            socket_options=options,
            **named,
        )
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": self._https}

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: bool | str, cert: Any = None
    ) -> tuple[Any, Any]:
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {}

    def cert_verify(self, conn: Any, url: str, verify: bool | str, cert: Any) -> None:
        conn.cert_reqs = "CERT_REQUIRED"
