"""A true centre on loopback, a laptop's journal in memory, and a road between them that can be cut."""

from __future__ import annotations

import hashlib
import http.client
import itertools
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mobile_reception.centre import intake
from mobile_reception.centre.identity import Unit
from mobile_reception.centre.ledger import Ledger, make
from mobile_reception.centre.serve import Place, server
from mobile_reception.centre.values import Application, Device
from mobile_reception.dossier import facts as journal
from mobile_reception.dossier.facts import GENESIS, Act, Fact
from mobile_reception.store.errors import Damaged
from mobile_reception.store.values import (
    Answer,
    Cards,
    Enrolment,
    Kept,
    OriginMark,
    Run,
    StoredFile,
    Testimony,
    Vouched,
)
from mobile_reception.sync import protocol
from mobile_reception.sync.protocol import Head

NOON = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)
UNIT = Unit("29905", "H20.32.1", "Phường Thường Lạc", "Ủy ban nhân dân tỉnh Đồng Tháp")
PASSPHRASE = "một câu dài để thử"


def noon() -> datetime:
    """A clock that stands still."""
    return NOON


def reception(code: str, name: str = "Nguyễn Thị Diệu", subject: str | None = None) -> Act:
    """The reception of one dossier."""
    payload = {
        "code": code,
        "procedure": "2.000815",
        "received_at": NOON.isoformat(),
        "due": "2026-11-20T17:00:00+07:00",
        "fee": 12000,
        "session": None,
        "reception": {"submitter": {"full_name": name}, "copies": 3},
    }
    return Act(subject or str(uuid4()), "dossier.received", payload)


class PaperBox:
    """A laptop's journal on paper: real facts, nothing on disk."""

    def __init__(self, key: Ed25519PrivateKey | None = None, origin: str | None = None) -> None:
        self.key = key or Ed25519PrivateKey.generate()
        self.origin = origin or str(uuid4())
        self.journals: dict[str, list[Fact]] = {self.origin: []}
        self.marks: dict[str, tuple[int, str]] = {self.origin: (0, "")}
        self.known: Enrolment | None = None
        self.proofs: list[Answer] = []
        self.cards: Cards | None = None
        self.cursor: str | None = None
        self.forks: list[tuple[str, int]] = []
        self.restores: list[Answer] = []
        self.runs: list[Run] = []
        self.fed: str | None = None
        self.scans: dict[str, bytes] = {}
        self.arrived: dict[str, str] = {}
        self.looked_after: datetime | None = None
        self.refusals: list[tuple[str, str]] = []
        self.others: list[Fact] = []
        self.pages: list[list[Fact]] = []
        self.vouches: dict[str, bytes] = {}
        self.given_back = ""
        self.name = "Máy 1"
        self.login = "lan"

    def write(self, *acts: Act, at: datetime = NOON, officer: str = "lan") -> list[Fact]:
        """Append acts to the current journal."""
        facts = self.journals[self.origin]
        for act in acts:
            last = facts[-1] if facts else None
            facts.append(
                journal.write(
                    act,
                    origin=self.origin,
                    seq=len(facts) + 1,
                    stamp=journal.next_stamp(last.stamp if last else 0, at),
                    previous=last.hash if last else GENESIS,
                    officer=officer,
                    at=at,
                )
            )
        return facts[-len(acts) :]

    def receive(self, count: int, *, at: datetime = NOON) -> list[Fact]:
        """Append ``count`` receptions."""
        start = len(self.journals[self.origin])
        return self.write(*(reception(f"H20.32.1-261118-{start + n:04}") for n in range(1, count + 1)), at=at)

    def begin_origin(self) -> str:
        """Go on in a new journal."""
        self.origin = str(uuid4())
        self.journals[self.origin] = []
        self.marks[self.origin] = (0, "")
        return self.origin

    def enrolment(self) -> Enrolment | None:
        return self.known

    def device_key(self) -> Ed25519PrivateKey:
        return self.key

    def origins(self) -> list[OriginMark]:
        return [
            OriginMark(origin, len(facts), facts[-1].hash if facts else GENESIS, *self.marks[origin])
            for origin, facts in self.journals.items()
        ]

    def run(self, origin: str, after: int, limit: int) -> Run | None:
        lines = b""
        last = None
        for fact in self.journals[origin][after:]:
            more = protocol.fact_lines(fact.header, fact.payload, fact.payload_hash)
            if lines and len(lines) + len(more) > limit:
                break
            lines += more
            last = fact
        if last is None:
            return None
        run = Run(origin, after + 1, last.seq, lines, last.hash)
        self.runs.append(run)
        return run

    def acknowledged(self, answer: Answer) -> None:
        if self.journals[answer.origin][answer.seq - 1].hash != answer.hash:
            raise Damaged("the centre's hash is another")
        self.proofs.append(answer)
        if answer.seq > self.marks[answer.origin][0]:
            self.marks[answer.origin] = (answer.seq, answer.hash)

    def restored(self, origin: str, answer: Answer) -> None:
        self.restores.append(answer)
        self.marks[origin] = (answer.seq, answer.hash)

    def take_back(self, origin: str, facts: Sequence[Fact]) -> bool:
        kept = self.journals[origin]
        previous = kept[-1].hash if kept else GENESIS
        if facts[0].hash != journal.link(facts[0].header, facts[0].payload_hash, previous):
            return False
        kept.extend(facts)
        return True

    def previous_hash(self, origin: str, seq: int) -> str:
        return self.journals[origin][seq - 1].hash if seq else GENESIS

    def give_up(self, origin: str, common: int, at: datetime) -> int:
        branch = self.journals[origin][common:]
        self.forks.append((origin, common))
        if branch:
            self.journals[origin] = self.journals[origin][:common]
            self.marks[origin] = min(self.marks[origin], (common, self.previous_hash(origin, common)))
            facts = self.journals[self.begin_origin()]
            for fact in branch:
                before = facts[-1].hash if facts else GENESIS
                facts.append(journal.moved(fact, origin=self.origin, seq=len(facts) + 1, previous=before))
        return len(branch)

    def take_cards(self, cards: Cards, cursor: str | None) -> None:
        self.cards, self.cursor = cards, cursor

    def feed_cursor(self) -> str | None:
        return self.fed

    def attach(self, subject: str, data: bytes) -> None:
        """A file of a dossier, as a fact and as bytes."""
        (fact,) = self.write(attaching(subject, data))
        self.scans[fact.body["sha256"]] = data

    def files(self) -> list[StoredFile]:
        waiting = (name for name in self.scans if name not in self.arrived)
        return [StoredFile("", name, name, len(self.scans[name]), "") for name in waiting]

    def file_part(self, file: StoredFile, start: int, most: int) -> bytes:
        return self.scans[file.sha256][start : start + most]

    def files_arrived(self, names: Sequence[str], at: str) -> None:
        self.arrived.update(dict.fromkeys(names, at))

    def files_to_look_after(self, now: datetime) -> list[str]:
        fresh = self.looked_after is not None and now - self.looked_after < timedelta(days=1)
        return [] if fresh else sorted(self.arrived)

    def files_looked_after(self, now: datetime) -> None:
        self.looked_after = now

    def files_lost(self, names: Sequence[str]) -> None:
        for name in names:
            del self.arrived[name]

    def file_refused(self, sha256: str, why: str) -> None:
        self.refusals.append((sha256, why))

    def testimony(self) -> Testimony:
        last = {answer.origin: answer for answer in self.proofs}
        ranges = self.cards.ranges if self.cards else ()
        told = [(fact, self.vouches[fact.hash]) for fact in self.others if fact.hash in self.vouches]
        known = [each for each in told if each[0].origin == self.given_back]
        return Testimony(
            name=self.name,
            journals=tuple(
                Kept(
                    origin,
                    tuple((each["first"], each["last"]) for each in ranges if each["origin"] == origin),
                    last[origin].body if origin in last else None,
                    last[origin].signature if origin in last else b"",
                )
                for origin in self.journals
            ),
            officers=((self.login, b"o" * 32),),
            epoch=self.given_back,
            own=max(known, key=lambda each: each[0].seq, default=None),
        )

    def vouched(self, epoch: str) -> Vouched | None:
        if self.given_back == epoch:
            return None
        own = [(fact, self.vouches[fact.hash]) for fact in self.others if fact.hash in self.vouches]
        return Vouched(tuple(each for each in own if each[0].origin != epoch), ("", 0))

    def brought_back(self, epoch: str, reached: tuple[str, int]) -> None:
        self.given_back = epoch

    def take_page(self, facts: Sequence[Fact], cursor: str, proofs: Mapping[str, bytes] | None = None) -> int:
        self.vouches |= proofs or {}
        fresh = [fact for fact in facts if fact.origin not in self.journals and fact not in self.others]
        self.others.extend(fresh)
        self.pages.append(list(facts))
        self.fed = cursor
        return len(fresh)


def attaching(subject: str, data: bytes, **more: object) -> Act:
    """A file attached to a dossier."""
    told = {"name": "đơn.pdf", "type": "application/pdf", "size": len(data), "pages": 1, "paper": None}
    digest = hashlib.sha256(data).hexdigest()
    return Act(subject, "file.attached", {**told, "sha256": digest, **more})


class House:
    """A made centre with one enrolled laptop, served in this process."""

    def __init__(self, folder: Path, url: str | None = None, *, quota: int | None = None) -> None:
        self.url = url or f"sqlite:///{folder / 'centre.db'}"
        self.ledger = Ledger(self.url, quota=quota, files=folder / "centre-files")
        self.now = NOON
        self.address = ""

    def clock(self) -> datetime:
        """The centre's clock, moved by hand."""
        return self.now

    @contextmanager
    def tls(self, certificate: Path, key: Path) -> Iterator[str]:
        """The centre's URL, by name, while it answers with this certificate."""
        with self.serving(Place(port=0, certificate=certificate, key=key)) as url:
            yield url.replace("127.0.0.1", "localhost")

    @contextmanager
    def serving(self, place: Place | None = None) -> Iterator[str]:
        """The centre's URL while it answers."""
        ready = threading.Event()

        def tell(url: str) -> None:
            self.address = url
            ready.set()

        running, bound = server(self.ledger, place or Place(port=0), clock=self.clock, ready=tell)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]})
        thread.start()
        assert ready.wait(20)
        try:
            yield self.address
        finally:
            running.should_exit = True
            thread.join(20)
            bound.close()

    def join(
        self, box: PaperBox, *, login: str = "lan", name: str = "Máy 1", scope: str = "hamlets"
    ) -> Device:
        """Enrol a laptop without the road."""
        box.name, box.login = name, login
        register = self.ledger.register
        code = register.new_code(unit=UNIT.code, name=name, scope=scope, now=self.now)
        answer = register.enrol(application(box, code, login=login), now=self.now)
        device = register.device(answer["device"])
        assert device is not None
        box.known = Enrolment(
            url="",
            device=device.device,
            unit=UNIT.code,
            centre_key=self.ledger.identity.public_key,
            certificate=protocol.unbase64(answer["certificate"]),
        )
        return device

    def folded(self) -> None:
        """Fold all that waits; what another folds just now is waited for."""
        while self.ledger.fold_some() or self.ledger.judge(self.now) or self.ledger.status().waiting_to_fold:
            pass


def application(box: PaperBox, code: str, *, login: str = "lan", practice: bool = True) -> Application:
    """What a laptop says to be enrolled."""
    return Application(
        code=code,
        name="Máy 1",
        device_key=box.key.public_key().public_bytes_raw(),
        origin=box.origin,
        login=login,
        officer_key=b"o" * 32,
        passphrase=PASSPHRASE,
        practice=practice,
        unit=None,
        agency_id=None,
        sealed_recovery=b"sealed",
    )


def make_centre(folder: Path, url: str | None = None) -> None:
    """A practice centre in ``folder``, or at ``url`` with its recovery key there."""
    make(
        url or f"sqlite:///{folder / 'centre.db'}",
        UNIT,
        practice=True,
        admin="quantri",
        passphrase=PASSPHRASE,
        recovery_file=folder / "recovery.pem",
        now=NOON - timedelta(days=1),
    )


def device_of(house: House, box: PaperBox) -> Device:
    """The laptop as its centre knows it."""
    assert box.known
    device = house.ledger.register.device(box.known.device)
    assert device
    return device


def body_of(facts: list[Fact]) -> bytes:
    """A run of these facts."""
    lines = b"".join(protocol.fact_lines(each.header, each.payload, each.payload_hash) for each in facts)
    first, last = facts[0], facts[-1]
    return protocol.write_run(
        origin=first.origin,
        first=first.seq,
        last=last.seq,
        last_hash=last.hash,
        previous=_before(facts),
        lines=lines,
    )


remembered: dict[str, str] = {}


def _before(facts: list[Fact]) -> str:
    return remembered.get(facts[0].hash, GENESIS)


def remember(facts: list[Fact]) -> list[Fact]:
    """Let `body_of` know what stands before each fact."""
    for before, after in itertools.pairwise(facts):
        remembered[after.hash] = before.hash
    return facts


def take(house: House, box: PaperBox, facts: list[Fact]) -> Head:
    """Hand these facts to the ledger as one run."""
    run = protocol.read_run(body_of(facts))
    device = device_of(house, box)
    return house.ledger.take(device, run, intake.read(run), device_time=house.now, now=house.now)


# -- The road --------------------------------------------------------------------------------------------


class Road:
    """A proxy on loopback. Each request takes the next of ``faults``; none left, it just passes.

    ``lost``: the centre's answer is read and thrown away. ``refuse``: nothing reaches the centre. ``cut`` and
    ``cut_openly``: half of the answer, with and without its length said before. ``html``, ``redirect``,
    ``login`` (511), ``broken`` (unsigned 500): someone else answers. ``forge``: one byte of the answer
    changed. ``twice``: the request arrives two times. ``drip``: the answer comes a byte at a time. ``torn``:
    half of the request arrives. ``pieces`` are the lengths of the parts of files that were sent on.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.faults: list[str] = []
        self.always: str | None = None
        self.passed: list[tuple[str, str, int]] = []
        self.pieces: list[int] = []
        self.url = ""
        self.stopping = threading.Event()

    def fault(self) -> str | None:
        """What happens to the request at hand."""
        return self.faults.pop(0) if self.faults else self.always

    @contextmanager
    def open(self) -> Iterator[Road]:
        """Let requests through."""
        road = self

        class Handler(_Handler):
            way = road

        proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        proxy.daemon_threads = False
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        self.url = f"http://127.0.0.1:{proxy.server_address[1]}"
        try:
            yield self
        finally:
            self.stopping.set()
            proxy.shutdown()
            thread.join(20)
            proxy.server_close()


class _Handler(BaseHTTPRequestHandler):
    way: Road
    protocol_version = "HTTP/1.0"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return

    def do_GET(self) -> None:
        self._pass()

    def do_POST(self) -> None:
        self._pass()

    def do_PATCH(self) -> None:
        self._pass()

    def do_HEAD(self) -> None:
        self._pass()

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.way.fault()
        with suppress(ConnectionError):
            getattr(self, f"_{fault or 'plain'}")(body)

    def _ask(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        there = http.client.HTTPConnection(urlsplit(self.way.target).netloc, timeout=20)
        try:
            passed = {key: value for key, value in self.headers.items() if key.lower() != "connection"}
            self._count(len(body))
            there.request(self.command, self.path, body or None, passed)
            answer = there.getresponse()
            content = answer.read()
        finally:
            there.close()
        self.way.passed.append((self.command, self.path, answer.status))
        return answer.status, dict(answer.getheaders()), content

    def _say(self, status: int, headers: Mapping[str, str], content: bytes, *, length: bool = True) -> None:
        self.send_response_only(status)
        for key, value in headers.items():
            if key.lower() not in {"content-length", "connection", "transfer-encoding"}:
                self.send_header(key, value)
        if length:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()

    def _count(self, size: int) -> None:
        if self.command == "PATCH" or self.path == "/v1/files":
            self.way.pieces.append(size)

    def _torn(self, body: bytes) -> None:
        half = body[: len(body) // 2]
        place = urlsplit(self.way.target)
        with socket.create_connection((place.hostname, place.port), timeout=20) as there:
            lines = "".join(f"{key}: {value}\r\n" for key, value in self.headers.items())
            there.sendall(f"{self.command} {self.path} HTTP/1.1\r\n{lines}\r\n".encode() + half)
            self._count(len(half))
            there.shutdown(socket.SHUT_WR)
            while there.recv(4096):
                pass

    def _plain(self, body: bytes) -> None:
        status, headers, content = self._ask(body)
        self._say(status, headers, content)
        self.wfile.write(content)

    def _twice(self, body: bytes) -> None:
        self._ask(body)
        self._plain(body)

    def _lost(self, body: bytes) -> None:
        self._ask(body)

    def _refuse(self, body: bytes) -> None:
        return

    def _cut(self, body: bytes) -> None:
        status, headers, content = self._ask(body)
        self._say(status, headers, content)
        self.wfile.write(content[: len(content) // 2])

    def _cut_openly(self, body: bytes) -> None:
        status, headers, content = self._ask(body)
        self._say(status, headers, content, length=False)
        self.wfile.write(content[: len(content) // 2])

    def _forge(self, body: bytes) -> None:
        status, headers, content = self._ask(body)
        forged = content.replace(b'"held":0', b'"held":1')
        self._say(status, headers, forged)
        self.wfile.write(forged)

    def _html(self, body: bytes) -> None:
        page = "<html><body>Mời đăng nhập Wi-Fi</body></html>".encode()
        self._say(200, {"Content-Type": "text/html"}, page)
        self.wfile.write(page)

    def _redirect(self, body: bytes) -> None:
        self._say(302, {"Location": "http://127.0.0.1:9/login"}, b"")

    def _login(self, body: bytes) -> None:
        self._say(511, {}, b"")

    def _broken(self, body: bytes) -> None:
        self._say(502, {}, b"")

    def _drip(self, body: bytes) -> None:
        status, headers, content = self._ask(body)
        self._say(status, headers, content)
        for byte in content:
            if self.way.stopping.wait(0.05):
                return
            self.wfile.write(bytes([byte]))
            self.wfile.flush()


def enrolled_at(box: PaperBox, url: str) -> PaperBox:
    """The same laptop, told to reach its centre by ``url``."""
    assert box.known is not None
    box.known = replace(box.known, url=url)
    return box


class Older:
    """The protocol as a laptop of before speaks it."""

    VERSION = 0

    def __init__(self, today: Any) -> None:
        self._today = today

    def __getattr__(self, name: str) -> Any:
        return getattr(self._today, name)
