"""TLS: the right certificate passes, each wrong one is told apart, and nothing around us can soften it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from laptop_and_centre import House, PaperBox, make_centre, noon
from mobile_reception.centre.serve import Place, server
from mobile_reception.sync.client import RoadClosed, hello
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
        self, folder: Path, *, host: str = "localhost", start: timedelta, end: timedelta
    ) -> tuple[Path, Path]:
        """A server's certificate and key as files."""
        key = ec.generate_private_key(ec.SECP256R1())
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


@pytest.mark.parametrize(
    ("host", "start", "end", "reason"),
    [
        ("localhost", -3 * DAY, -DAY, Reason.CLOCK),
        ("localhost", DAY, 3 * DAY, Reason.CLOCK),
        ("trungtam.example", -DAY, DAY, Reason.BAD_CERTIFICATE),
    ],
)
def test_a_wrong_clock_is_told_from_a_wrong_certificate(
    tmp_path: Path, host: str, start: timedelta, end: timedelta, reason: Reason
) -> None:
    authority = Authority()
    files = authority.issue(tmp_path, host=host, start=start, end=end)
    with someone(*files) as url, pytest.raises(RoadClosed) as closed:
        hello(url, ca=authority.pem, clock=noon)
    assert closed.value.reason is reason
    assert not closed.value.again


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
