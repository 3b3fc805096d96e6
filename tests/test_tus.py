"""Files at the centre by tus: brought in pieces by anybody's client, cut anywhere, whole or not at all."""

from __future__ import annotations

import hashlib
import http.client
import io
import itertools
import os
import random
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import databases
from laptop_and_centre import (
    NOON,
    UNIT,
    House,
    PaperBox,
    attaching,
    device_of,
    noon,
    reception,
    remember,
    take,
)
from mobile_reception.centre import door
from mobile_reception.centre.database import Full
from mobile_reception.centre.durable import name_durably
from mobile_reception.centre.files import UPLOAD_LIFE, Files
from mobile_reception.centre.identity import Unit
from mobile_reception.centre.tus import EXTENSIONS
from mobile_reception.centre.values import Refused
from mobile_reception.dossier.facts import Act
from mobile_reception.sync import protocol
from mobile_reception.sync.client.road import Reply, Road

template, box, house = databases.template, databases.box, databases.house
DOSSIER = str(uuid4())
PIECE = {"Content-Type": "application/offset+octet-stream"}


def name_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def announce(house: House, box: PaperBox, *files: bytes) -> None:
    """A dossier with these files, as facts at the centre."""
    acts = [attaching(DOSSIER, data) for data in files]
    facts = box.write(*([] if box.journals[box.origin] else [reception("H20-1", subject=DOSSIER)]), *acts)
    take(house, box, remember(box.journals[box.origin])[-len(facts) :])
    house.folded()


class Client:
    """Plain requests to a centre, signed ones and those of tus."""

    def __init__(self, house: House, box: PaperBox, url: str) -> None:
        self.house = house
        self.box = box
        self.url = url
        self.token = ""

    def ask(self, target: str, document: dict[str, object] | None = None) -> Reply:
        assert self.box.known
        centre = self.house.ledger.identity.public_key
        with Road(self.url, ca=None, centre_key=centre, timeout=20) as road:
            body = b"" if document is None else protocol.dump(document)
            device = self.box.known.device
            return road.ask("POST", target, key=self.box.key, device=device, clock=noon, body=body)

    def have(self, *files: bytes) -> tuple[list[str], list[dict[str, object]]]:
        reply = self.ask("/v1/files/have", {"files": [name_of(data) for data in files]})
        assert reply.status == 200
        return reply.document["here"], reply.document["partial"]

    def signed_in(self) -> Client:
        reply = self.ask("/v1/files/token")
        assert reply.status == 200
        self.token = reply.document["token"]
        return self

    def tus(
        self, method: str, target: str, body: bytes = b"", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        there = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=20)
        said = {"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {self.token}"}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            there.request(method, target, body or None, {k: v for k, v in said.items() if v})
            answer = there.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            there.close()

    def create(self, data: bytes, **headers: str) -> tuple[int, str]:
        metadata = "sha256 " + b64encode(name_of(data).encode()).decode()
        told = {"Upload_Length": str(len(data)), "Upload_Metadata": metadata, **headers}
        status, said, _ = self.tus("POST", "/v1/files", **told)
        return status, said.get("location", "")

    def piece(self, upload: str, offset: int, data: bytes, **headers: str) -> tuple[int, int]:
        told = {"Content_Type": PIECE["Content-Type"], "Upload_Offset": str(offset), **headers}
        status, said, _ = self.tus("PATCH", upload, data, **told)
        return status, int(said.get("upload-offset", "-1"))

    def offset(self, upload: str) -> int:
        status, said, _ = self.tus("HEAD", upload)
        assert status == 200
        return int(said["upload-offset"])

    def cut(self, upload: str, offset: int, data: bytes, after: int) -> None:
        """A piece whose connection ends after so many of its bytes."""
        place = urlsplit(self.url)
        with socket.create_connection((place.hostname, place.port), timeout=20) as wire:
            head = (
                f"PATCH {upload} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\n"
                f"Authorization: Bearer {self.token}\r\nContent-Type: {PIECE['Content-Type']}\r\n"
                f"Upload-Offset: {offset}\r\nContent-Length: {len(data)}\r\n\r\n"
            )
            wire.sendall(head.encode() + data[:after])
            wire.shutdown(socket.SHUT_WR)
            with suppress(ConnectionError):
                while wire.recv(4096):
                    pass


@pytest.fixture
def client(house: House, box: PaperBox) -> Iterator[Client]:
    with house.serving() as url:
        yield Client(house, box, url)


def kept(house: House) -> list[Path]:
    folder = house.ledger.files.folder
    assert folder is not None
    return sorted(path for path in folder.rglob("*") if path.is_file())


# -- A foreign client ------------------------------------------------------------------------------------


def test_a_foreign_client_brings_a_file_and_resumes(house: House, box: PaperBox, client: Client) -> None:
    from tusclient.client import TusClient

    data = random.Random(1).randbytes(700_000)
    announce(house, box, data)
    token = client.signed_in().token
    foreign = TusClient(f"{client.url}/v1/files", headers={"Authorization": f"Bearer {token}"})
    metadata = {"sha256": name_of(data), "filename": "đơn.pdf"}
    first = foreign.uploader(file_stream=io.BytesIO(data), chunk_size=100_000, metadata=metadata)
    first.upload(stop_at=300_000)
    again = foreign.uploader(file_stream=io.BytesIO(data), chunk_size=150_000, url=first.url)
    assert again.offset == 300_000
    again.upload()
    (path,) = kept(house)
    assert path.name == name_of(data)
    assert path.read_bytes() == data
    assert path.stat().st_mode & 0o077 == 0
    assert client.have(data) == ([name_of(data)], [])
    assert (house.ledger.status().files, house.ledger.status().files_waiting) == (1, 0)
    assert house.ledger.verify().ok


# -- The protocol ----------------------------------------------------------------------------------------


def test_what_tus_asks_for_is_answered(house: House, box: PaperBox, client: Client) -> None:
    data = b"0123456789" * 100
    announce(house, box, data)
    status, said, _ = client.tus("OPTIONS", "/v1/files", Tus_Resumable="", Authorization="")
    assert status == 204
    assert (said["tus-version"], said["tus-extension"]) == ("1.0.0", EXTENSIONS)
    client.signed_in()
    status, upload = client.create(data)
    assert status == 201
    status, said, body = client.tus("HEAD", upload)
    assert (status, body) == (200, b"")
    assert (said["upload-offset"], said["upload-length"], said["cache-control"]) == ("0", "1000", "no-store")
    assert said["tus-resumable"] == "1.0.0"
    assert said["upload-expires"].endswith("GMT")
    assert client.piece(upload, 0, data[:400]) == (204, 400)
    assert client.have(data) == ([], [{"sha256": name_of(data), "upload": upload, "offset": 400}])
    refused = {
        409: client.piece(upload, 0, data[:400])[0],
        413: client.piece(upload, 400, data)[0],
        415: client.piece(upload, 400, data[400:], Content_Type="text/plain")[0],
        422: client.piece(upload, 400, data[400:], Upload_Offset="-4")[0],
    }
    assert refused == {code: code for code in refused}
    for version in ("", "0.2.2"):
        status, said, _ = client.tus("HEAD", upload, Tus_Resumable=version)
        assert (status, said["tus-version"]) == (412, "1.0.0")
    assert client.offset(upload) == 400
    status, said, _ = client.tus(
        "POST", upload, data[400:], X_HTTP_Method_Override="PATCH", Upload_Offset="400", **_typed()
    )
    assert (status, said["upload-offset"]) == (204, "1000")
    assert client.have(data) == ([name_of(data)], [])
    assert client.create(data)[0] == 409  # it is here: nobody sends it again


def _typed() -> dict[str, str]:
    return {"Content_Type": PIECE["Content-Type"]}


def test_an_upload_that_is_ended_is_gone(house: House, box: PaperBox, client: Client) -> None:
    data = b"x" * 5000
    announce(house, box, data)
    _, upload = client.signed_in().create(data)
    client.piece(upload, 0, data[:100])
    assert client.tus("DELETE", upload)[0] == 204
    assert client.tus("HEAD", upload)[0] == 404
    assert client.piece(upload, 100, data[100:])[0] == 404
    assert not kept(house)


def test_who_may_bring_what(house: House, box: PaperBox, client: Client) -> None:
    data, unknown = b"announced", b"nobody spoke of this"
    announce(house, box, data)
    assert client.create(data)[0] == 401
    client.signed_in()
    assert client.create(unknown)[0] == 403
    assert client.create(data, Upload_Length="7")[0] == 403
    assert client.create(data, Upload_Length="")[0] == 422
    assert client.create(data, Upload_Metadata="")[0] == 422
    assert client.create(data, Content_Length="3")[0] == 415
    assert client.create(data, Content_Length="99", **_typed())[0] == 413
    _, upload = client.create(data)
    other = PaperBox()
    house.join(other, login="hoa", name="Máy 2")
    stranger = Client(house, other, client.url).signed_in()
    assert stranger.tus("HEAD", upload)[0] == 404
    assert stranger.tus("DELETE", upload)[0] == 404
    assert stranger.piece(upload, 0, data)[0] == 404
    good = client.token
    for token in (
        "",
        "x",
        good[:-4] + "AAAA",
        good.replace(".", "", 1),
        f"{uuid4()}.{good.partition('.')[2]}",
    ):
        client.token = token
        assert client.tus("HEAD", upload)[0] == 401
    client.token = good
    house.now = NOON + timedelta(hours=1, seconds=1)
    assert client.tus("HEAD", upload)[0] == 401
    house.now = NOON
    for wrong in ("../centre.db", "%2e%2e%2fcentre.db", "..", "token", "0" * 32, "%00"):
        assert client.tus("HEAD", f"/v1/files/{wrong}")[0] == 404
    assert client.ask("/v1/files/have", {"files": ["../../x"]}).status == 422
    assert client.ask("/v1/files/have", {"files": ["a" * 64] * 1001}).status == 422


def test_a_file_of_another_unit_is_another_file(house: House, box: PaperBox, client: Client) -> None:
    data = b"of one unit only"
    announce(house, box, data)
    client.signed_in()
    _, upload = client.create(data)
    client.piece(upload, 0, data)
    house.ledger.register.add_unit(Unit("30001", "H20.99.1", "Xã Khác", ""))
    there = PaperBox()
    register = house.ledger.register
    code = register.new_code(unit="30001", name="Máy xa", scope="hamlets", now=house.now)
    from laptop_and_centre import application

    answer = register.enrol(application(there, code), now=house.now)
    device = register.device(answer["device"])
    assert device is not None
    assert house.ledger.files.have(device, [name_of(data)]) == ([], [])
    with pytest.raises(Refused, match="not_announced"):
        house.ledger.files.create(device, sha256=name_of(data), size=len(data), now=NOON)


def test_what_is_not_what_was_announced_gets_no_name(house: House, box: PaperBox, client: Client) -> None:
    data, other = b"a" * 3000, b"b" * 3000
    announce(house, box, data)
    _, upload = client.signed_in().create(data)
    assert client.piece(upload, 0, other)[0] == 422
    assert client.tus("HEAD", upload)[0] == 404
    assert not kept(house)
    _, upload = client.create(data)
    assert client.piece(upload, 0, data) == (204, 3000)
    assert client.have(data)[0] == [name_of(data)]


def test_a_revoked_laptop_still_hands_its_files_over(house: House, box: PaperBox, client: Client) -> None:
    house.ledger.register.revoke(device_of(house, box).device)
    data = b"held, and its file too"
    announce(house, box, data)
    _, upload = client.signed_in().create(data)
    assert client.piece(upload, 0, data) == (204, len(data))
    assert client.have(data)[0] == [name_of(data)]
    assert house.ledger.status().held == 2


def test_taken_off_before_it_came_is_not_waited_for(house: House, box: PaperBox) -> None:
    data = b"of somebody else"
    announce(house, box, data)
    assert house.ledger.status().files_waiting == 1
    removed = box.write(Act(DOSSIER, "file.removed", {"sha256": name_of(data), "name": "a", "reason": "b"}))
    take(house, box, remember(box.journals[box.origin])[-len(removed) :])
    assert house.ledger.status().files_waiting == 0
    device = device_of(house, box)
    assert house.ledger.files.create(device, sha256=name_of(data), size=len(data), now=NOON)


def test_a_program_that_learns_of_files_knows_those_announced_before(house: House, box: PaperBox) -> None:
    from sqlalchemy import text

    from mobile_reception.centre.database import writing

    data = b"from before"
    announce(house, box, data)
    with writing(house.ledger._engine) as db:  # as a program that knew no files had left it
        db.execute(text("DELETE FROM file_announced"))
        db.execute(text("UPDATE fact SET state='held', reason='unknown_kind' WHERE kind='file.attached'"))
    assert house.ledger.reconsider() == 1
    assert house.ledger.status().files_waiting == 1


# -- Cuts, kills, crowds ---------------------------------------------------------------------------------


@contextmanager
def fresh(house: House, box: PaperBox, data: bytes) -> Iterator[Client]:
    announce(house, box, data)
    with house.serving() as url:
        yield Client(house, box, url).signed_in()


def test_cut_at_any_byte_it_goes_on_at_the_offset(house: House, box: PaperBox) -> None:
    dice = random.Random(7)
    files = [dice.randbytes(size) for size in (1, 900, 150_000)]
    announce(house, box, *files)
    cuts = 0
    with house.serving() as url:
        client = Client(house, box, url).signed_in()
        for data in files:
            _, upload = client.create(data)
            while name_of(data) not in client.have(data)[0]:
                offset = client.offset(upload)
                size = dice.randint((len(data) - offset + 1) // 2, len(data) - offset)
                after = dice.choice([size, dice.randint(0, size), dice.randint(0, size)])
                cuts += after < size
                if after < size:
                    client.cut(upload, offset, data[offset : offset + size], after)
                    # The server may still be at what it got; it never has bytes that were not sent.
                    assert offset <= client.offset(upload) <= offset + after
                else:
                    status, reached = client.piece(upload, offset, data[offset : offset + size])
                    assert (status, reached) in {(204, offset + size), (409, -1)}
    assert cuts
    assert sorted(path.read_bytes() for path in kept(house)) == sorted(files)
    assert house.ledger.verify().ok


def test_two_connections_cannot_mix_their_bytes(house: House, box: PaperBox) -> None:
    data = random.Random(3).randbytes(600_000)
    announce(house, box, data)
    device = device_of(house, box)
    engine, folder = house.ledger._engine, house.ledger.files.folder
    upload = house.ledger.files.create(device, sha256=name_of(data), size=len(data), now=NOON)
    together = threading.Barrier(4)
    refused: list[str] = []

    def bring(seed: int) -> None:
        dice, files = random.Random(seed), Files(engine, folder)
        together.wait()
        while (offset := files.offset(upload)) < len(data):
            try:
                while offset < len(data):
                    size = dice.randint(1, 30_000)
                    offset = files.append(upload, offset, data[offset : offset + size])
            except Refused as error:
                refused.append(error.code)

    threads = [threading.Thread(target=bring, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(refused) <= {"offset"}
    for _ in range(2):
        house.ledger.files.finish(upload, now=NOON)
    assert house.ledger.files.have(device, [name_of(data)])[0]
    (path,) = kept(house)
    assert path.read_bytes() == data


def test_two_workers_bring_one_file_together(
    template: databases.Made, house: House, box: PaperBox, tmp_path: Path
) -> None:
    if template.server is None:
        pytest.skip("one SQLite file has one process")
    data = random.Random(5).randbytes(500_000)
    announce(house, box, data)
    other = House(tmp_path, house.url)
    with house.serving() as one, other.serving() as two:
        clients = [Client(house, box, one).signed_in(), Client(house, box, two).signed_in()]
        _, upload = clients[0].create(data)
        offset, turn = 0, 0
        while offset < len(data):
            status, reached = clients[turn % 2].piece(upload, offset, data[offset : offset + 60_000])
            assert (status, reached) == (204, min(len(data), offset + 60_000))
            assert clients[turn % 2 - 1].piece(upload, offset, data[offset : offset + 10])[0] in {409, 404}
            offset, turn = reached, turn + 1
        assert clients[0].have(data) == clients[1].have(data) == ([name_of(data)], [])
    other.ledger.close()
    assert house.ledger.verify().ok


def test_a_kill_behind_the_last_byte_sends_nothing_again(house: House, box: PaperBox, client: Client) -> None:
    files = (b"asked for by hash", b"asked for by offset", b"other bytes than said")
    announce(house, box, *files)
    device, ledger = device_of(house, box), house.ledger.files
    places = [ledger.create(device, sha256=name_of(data), size=len(data), now=NOON) for data in files]
    for place, data in zip(places, (files[0], files[1], files[2].upper()), strict=True):
        ledger.append(place, 0, data)
    assert client.have(files[0], files[2]) == ([name_of(files[0])], [])
    client.signed_in()
    assert client.offset(f"/v1/files/{places[1].id}") == len(files[1])
    assert client.have(files[1])[0] == [name_of(files[1])]
    assert client.tus("HEAD", f"/v1/files/{places[2].id}")[0] == 404


def test_a_kill_between_name_and_row_sends_nothing_again(house: House, box: PaperBox) -> None:
    data = b"whole"
    announce(house, box, data)
    device = device_of(house, box)
    files = house.ledger.files
    upload = files.create(device, sha256=name_of(data), size=len(data), now=NOON)
    files.append(upload, 0, data)
    files._partial(upload.id).parent.mkdir(exist_ok=True)
    name_durably(files._partial(upload.id), files._path(upload.unit, upload.sha256))
    assert files.have(device, [name_of(data)])[0] == [name_of(data)]
    assert house.ledger.status().files == 1


def test_what_lies_under_its_name_is_known_again_when_a_fact_speaks_of_it(
    house: House, box: PaperBox, tmp_path: Path
) -> None:
    early, late, torn = b"early", b"late", b"torn"
    announce(house, box, early, torn)
    folder = house.ledger.files
    for data, there in ((early, early), (late, late), (torn, b"TORN")):
        path = folder.path(UNIT.code, name_of(data))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(there)
    files = Files(house.ledger._engine, folder.folder)
    assert files.adopt() == 1
    assert [row[1] for row in files.rows()] == [name_of(early)]
    house.ledger.files = files
    announce(house, box, late, early)
    assert (files.adopt(), files.adopt()) == (1, 0)
    assert {row[1] for row in files.rows()} == {name_of(early), name_of(late)}
    assert house.ledger.status().files_waiting == 1


def test_parts_that_nobody_goes_on_with_are_swept(house: House, box: PaperBox) -> None:
    data, other = b"a" * 100, b"b" * 100
    announce(house, box, data, other)
    device, files = device_of(house, box), house.ledger.files
    late = files.create(device, sha256=name_of(data), size=100, now=NOON)
    files.append(late, 0, data[:50])
    after = NOON + UPLOAD_LIFE + timedelta(minutes=1)
    with pytest.raises(Refused, match="not_found"):
        files.open(device, late.id, now=after)
    files.create(device, sha256=name_of(other), size=100, now=after)
    assert not kept(house)
    stray = files._partial("f" * 32)
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"x")
    files.sweep(now=after)
    assert stray.exists()
    os.utime(stray, (1, 1))
    files.sweep(now=after)
    assert not stray.exists()


def test_a_centre_that_serves_for_months_sweeps_meanwhile_and_one_without_room_answers_all_the_same(
    house: House, box: PaperBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = b"a" * 100
    announce(house, box, data)
    device, files = device_of(house, box), house.ledger.files
    swept = threading.Event()
    true, calls = files.sweep, itertools.count()

    def full_at_first(*, now: datetime) -> None:
        if next(calls) == 0:
            raise Full("no room")
        true(now=now)
        swept.set()

    monkeypatch.setattr(files, "sweep", full_at_first)
    monkeypatch.setattr(door, "_BETWEEN_SWEEPS", 0.05)
    with house.serving() as url:
        late = files.create(device, sha256=name_of(data), size=100, now=NOON)
        files.append(late, 0, data[:50])
        assert Client(house, box, url).ask("/v1/files/have", {"files": [name_of(data)]}).status == 200
        assert swept.wait(10)
        assert files._partial(late.id).exists()
        house.now = NOON + UPLOAD_LIFE + timedelta(minutes=1)
        deadline = time.monotonic() + 10
        while files._partial(late.id).exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_a_laptop_has_its_share_and_no_more(house: House, box: PaperBox) -> None:
    many = [bytes([n]) * 1000 for n in range(40)]
    announce(house, box, *many)
    device = device_of(house, box)
    files = Files(house.ledger._engine, house.ledger.files.folder, quota=2500)
    first = files.create(device, sha256=name_of(many[0]), size=1000, now=NOON)
    files.append(first, 0, many[0])
    files.finish(first, now=NOON)
    files.create(device, sha256=name_of(many[1]), size=1000, now=NOON)
    with pytest.raises(Refused, match="quota"):
        files.create(device, sha256=name_of(many[2]), size=1000, now=NOON)
    roomy = house.ledger.files
    places = [
        roomy.create(device, sha256=name_of(data), size=1000, now=NOON + timedelta(minutes=n))
        for n, data in enumerate(many[1:])
    ]
    with pytest.raises(Refused, match="not_found"):  # of too many that were begun, the oldest went
        roomy.open(device, places[0].id, now=NOON)
    assert roomy.open(device, places[-1].id, now=NOON)


@pytest.mark.parametrize("harm", ["gone", "short", "other"])
def test_verify_reads_every_file(house: House, box: PaperBox, harm: str) -> None:
    data = b"what it says" * 100
    announce(house, box, data)
    device, files = device_of(house, box), house.ledger.files
    upload = files.create(device, sha256=name_of(data), size=len(data), now=NOON)
    files.append(upload, 0, data)
    files.finish(upload, now=NOON)
    assert house.ledger.verify().ok
    (path,) = kept(house)
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(data[:-1] + (b"" if harm == "short" else b"?"))
    verdict = house.ledger.verify()
    assert not verdict.ok
    assert verdict.problems[0].startswith(f"file {name_of(data)}")


@given(st.binary(max_size=300))
@settings(max_examples=50)
def test_no_token_is_made_by_chance(noise: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    public, device = key.public_key().public_bytes_raw(), str(uuid4())
    token = protocol.grant(key, device, NOON)
    assert protocol.granted(public, token, NOON - timedelta(seconds=1)) == device
    assert protocol.granted(public, token, NOON) is None
    said = noise.decode("latin-1")
    assert protocol.granted(public, said, NOON - timedelta(days=9)) is None
    if said:
        assert protocol.granted(public, token + said, NOON - timedelta(days=9)) is None
