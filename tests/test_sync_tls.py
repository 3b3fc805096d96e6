"""TLS: the right certificate passes, each wrong one is told apart, and nothing around us can soften it."""

from __future__ import annotations

import socket
import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from laptop_and_centre import UNIT, House, PaperBox, enrolled_at, make_centre, noon
from mobile_reception.centre.serve import Place, server, tls_keys
from mobile_reception.store.values import Enrolment
from mobile_reception.sync import protocol
from mobile_reception.sync.client import RoadClosed, hello, sync
from mobile_reception.sync.protocol import Reason

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


class Authority:
    """A certificate authority of an agency."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA thử")])
        self.pem = self._pem(self._build(self.name, self.key, NOW - DAY, NOW + DAY, authority=True))

    def issue(
        self,
        folder: Path,
        *,
        host: str = "localhost",
        start: timedelta = -DAY,
        end: timedelta = DAY,
        key: ec.EllipticCurvePrivateKey | None = None,
    ) -> tuple[Path, Path]:
        """A server's certificate and key as files; its key is a new one, or ``key`` again."""
        folder.mkdir(exist_ok=True)
        key = key or ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        built = self._build(name, key, NOW + start, NOW + end, host=host)
        (folder / "cert.pem").write_text(self._pem(built))
        (folder / "key.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return folder / "cert.pem", folder / "key.pem"

    def _build(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        start: datetime,
        end: datetime,
        *,
        host: str = "",
        authority: bool = False,
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
        )
        if host:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    @staticmethod
    def _pem(certificate: x509.Certificate) -> str:
        return certificate.public_bytes(serialization.Encoding.PEM).decode()


@contextmanager
def someone(certificate: Path, key: Path) -> Iterator[str]:
    """A TLS server that shows this certificate."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    class Quiet(HTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            return

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    there = Quiet(("127.0.0.1", 0), Handler)
    there.socket = context.wrap_socket(there.socket, server_side=True)
    thread = threading.Thread(target=there.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"https://localhost:{there.server_address[1]}"
    finally:
        there.shutdown()
        thread.join()
        there.server_close()


def test_the_agencys_own_authority_is_enough_and_the_environment_cannot_change_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = Authority(), Authority()
    certificate, key = mine.issue(tmp_path, start=-DAY, end=DAY)
    (tmp_path / "other.pem").write_text(other.pem)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "other.pem"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    make_centre(tmp_path)
    house = House(tmp_path)
    ready = threading.Event()
    told: list[str] = []

    def tell(url: str) -> None:
        told.append(url)
        ready.set()

    place = Place("127.0.0.1", 0, certificate, key)
    running, bound = server(house.ledger, place, clock=noon, ready=tell)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        assert ready.wait(20)
        url = told[0].replace("127.0.0.1", "localhost")
        assert hello(url, ca=mine.pem, clock=noon).practice
        with pytest.raises(RoadClosed) as closed:
            hello(url, ca=other.pem, clock=noon)
        assert closed.value.reason is Reason.BAD_CERTIFICATE
        with pytest.raises(RoadClosed) as closed:
            hello(url, clock=noon)
        assert closed.value.reason is Reason.BAD_CERTIFICATE
    finally:
        running.should_exit = True
        thread.join(20)
        bound.close()
        house.ledger.close()


# -- Not one byte ----------------------------------------------------------------------------------------


class Listener:
    """A TLS server that shows a certificate and keeps what it is told: nothing, where it is refused."""

    def __init__(self, certificate: Path, key: Path, *, newest: ssl.TLSVersion | None = None) -> None:
        self.heard = b""
        self.calls = 0
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if newest is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                self._context.minimum_version = self._context.maximum_version = newest
            self._context.set_ciphers("ALL:@SECLEVEL=0")
        self._context.load_cert_chain(certificate, key)

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Where it listens."""
        bound = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=self._listen, args=(bound,))
        thread.start()
        try:
            yield f"https://localhost:{bound.getsockname()[1]}"
        finally:
            bound.shutdown(socket.SHUT_RDWR)
            thread.join(20)
            bound.close()

    def _listen(self, bound: socket.socket) -> None:
        with suppress(OSError):
            while True:
                call, _ = bound.accept()
                self.calls += 1
                with call, suppress(OSError), self._context.wrap_socket(call, server_side=True) as talk:
                    talk.settimeout(20)
                    while more := talk.recv(65536):
                        self.heard += more
                        if self.heard.endswith(b"\r\n\r\n"):
                            talk.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
                            break


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("authority", Reason.BAD_CERTIFICATE),
        ("expired", Reason.CLOCK),
        ("future", Reason.CLOCK),
        ("host", Reason.BAD_CERTIFICATE),
        ("key", Reason.BAD_CERTIFICATE),
        ("version", Reason.BAD_CERTIFICATE),
    ],
)
@pytest.mark.parametrize("environment", [False, True])
def test_whoever_is_not_the_centre_hears_not_one_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str, reason: Reason, environment: bool
) -> None:
    """Nor does what programs around us may set in the environment change it."""
    mine, other = Authority(), Authority()
    files = {
        "authority": lambda: other.issue(tmp_path),
        "expired": lambda: mine.issue(tmp_path, start=-3 * DAY, end=-DAY),
        "future": lambda: mine.issue(tmp_path, start=DAY, end=3 * DAY),
        "host": lambda: mine.issue(tmp_path, host="trungtam.example"),
    }.get(wrong, lambda: mine.issue(tmp_path))()
    if environment:
        (tmp_path / "other.pem").write_text(other.pem)
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
            monkeypatch.setenv(name, str(tmp_path / "other.pem"))
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    listener = Listener(*files, newest=ssl.TLSVersion.TLSv1_1 if wrong == "version" else None)
    box = PaperBox()
    box.receive(1)
    with listener.listening() as url:
        box.known = Enrolment(url, "d" * 8, UNIT.code, b"k" * 32, b"", mine.pem)
        if wrong == "key":
            box.known = replace(box.known, tls_keys=("0" * 64,))
        report = sync(box, clock=noon)
    assert report.reason is reason
    assert report.waiting == 1
    assert listener.calls == 1
    assert listener.heard == b""


def test_the_listener_would_have_heard(tmp_path: Path) -> None:
    """The control of the test above: with nothing wrong the request is there."""
    mine = Authority()
    certificate, key = mine.issue(tmp_path)
    listener = Listener(certificate, key)
    box = PaperBox()
    with listener.listening() as url:
        named = (protocol.tls_key(ssl.PEM_cert_to_DER_cert(certificate.read_text())),)
        box.known = Enrolment(url, "d" * 8, UNIT.code, b"k" * 32, b"", mine.pem, named)
        report = sync(box, clock=noon)
    assert report.reason is Reason.CAPTIVE_PORTAL
    assert listener.heard.startswith(b"GET /v1/head/")


def test_no_proxy_of_the_environment_hears_of_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Authority()
    centre, proxy = Listener(*mine.issue(tmp_path)), Listener(*mine.issue(tmp_path / "proxy"))
    box = PaperBox()
    with centre.listening() as url, proxy.listening() as aside:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
            monkeypatch.setenv(name, aside.replace("https", "http"))
        box.known = Enrolment(url, "d" * 8, UNIT.code, b"k" * 32, b"", mine.pem)
        sync(box, clock=noon)
    assert (centre.calls > 0, proxy.calls) == (True, 0)


def test_a_centre_names_its_keys_and_a_laptop_speaks_with_no_other(tmp_path: Path) -> None:
    """A renewed certificate of the same key passes, a named next key passes, another one does not."""
    mine = Authority()
    secret, following = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    first = mine.issue(tmp_path / "first", key=secret)
    after = mine.issue(tmp_path / "after", key=following)
    make_centre(tmp_path)
    house = House(tmp_path)
    house.ledger.keep_tls_keys(tls_keys(Place(certificate=first[0]), after[0]))
    box = PaperBox()
    house.join(box)
    with house.tls(*first) as url:
        enrolled_at(box, url)
        assert box.known
        box.known = replace(box.known, ca=mine.pem)
        assert sync(box, clock=noon).agree
        assert box.cards
        box.known = replace(box.known, tls_keys=tuple(box.cards.settings["tls_keys"]))
    for files, reason in (
        (first, None),
        (mine.issue(tmp_path / "renewed", end=2 * DAY, key=secret), None),
        (after, None),
        (mine.issue(tmp_path / "stolen"), Reason.BAD_CERTIFICATE),
    ):
        with house.tls(*files) as url:
            assert box.known
            box.known = replace(box.known, url=url)
            assert sync(box, clock=noon, cursor=box.cursor).reason is reason
    house.ledger.close()


# -- Someone else ----------------------------------------------------------------------------------------


def test_someone_else_behind_a_good_certificate_is_no_centre(tmp_path: Path) -> None:
    authority = Authority()
    files = authority.issue(tmp_path, start=-DAY, end=DAY)
    with someone(*files) as url, pytest.raises(RoadClosed) as closed:
        hello(url, ca=authority.pem, clock=noon)
    assert closed.value.reason is Reason.CAPTIVE_PORTAL


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1",
        "http://example.org",
        "ftp://localhost",
        "localhost:8700",
        "",
        "https://u:p@localhost",
    ],
)
def test_an_address_that_is_not_safe_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(ValueError):
        hello(url, clock=noon)


def test_a_file_without_certificates_is_refused() -> None:
    with pytest.raises(ValueError):
        hello("https://localhost:9", ca="nothing", clock=noon)


def test_a_laptop_on_paper_needs_no_network() -> None:
    assert PaperBox().enrolment() is None
