"""Makes what a release leaves on people's machines; to be run with the code of that release, see README.md.

A practice centre with a laptop of it: a session with dossiers that are at the centre, one with its scan; then
work that nobody has sent, a draft and a sheet that never came out of the printer. And each exchange of the
two, to the byte.
"""

from __future__ import annotations

import base64
import http.client
import io
import json
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from reportlab.pdfgen.canvas import Canvas

from mobile_reception import __version__
from mobile_reception.centre.identity import Unit
from mobile_reception.centre.ledger import Ledger
from mobile_reception.centre.ledger import make as make_centre
from mobile_reception.centre.serve import Place, server
from mobile_reception.desk import make as make_laptop
from mobile_reception.desk import unlock
from mobile_reception.desk.table import Desk
from mobile_reception.store.file import place_of

AT = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
UNIT = Unit("29905", "H20.32.1", "Phường Thường Lạc", "Ủy ban nhân dân tỉnh Đồng Tháp")
LOGIN, PASSPHRASE = "diem", "tàu hũ nước đường 1990"
NAMES = ("Nguyễn Thị Diệu", "Trần Văn Đông", "Lê Thị Ửng", "Đặng Thị Hạnh", "Phạm Văn Quý")


class Clock:
    """Moved on by hand."""

    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> datetime:
        return self.at


def line(number: int) -> dict[str, Any]:
    """A dossier on a line."""
    return {
        "ref": f"giấy-{number}",
        "procedure": "2.000815",
        "submitter": {"full_name": NAMES[number % len(NAMES)], "personal_id": f"08719000{1230 + number}"},
        "papers": [{"name": "Bằng tốt nghiệp THPT", "originals": 1, "pages": 2}],
        "copies": number + 1,
    }


@contextmanager
def serving(ledger: Ledger, clock: Clock) -> Iterator[str]:
    """The centre's address while it answers."""
    ready, place = threading.Event(), []

    def tell(url: str) -> None:
        place.append(url)
        ready.set()

    running, bound = server(ledger, Place(port=0), clock=clock, ready=tell)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]})
    thread.start()
    assert ready.wait(30)
    try:
        yield place[0]
    finally:
        running.should_exit = True
        thread.join()
        bound.close()


@contextmanager
def recorded(target: str, into: list[dict[str, Any]]) -> Iterator[str]:
    """An address that passes everything on and writes down what was said."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = {k: v for k, v in self.headers.items() if k.lower() not in {"host", "connection"}}
            there = http.client.HTTPConnection(urlsplit(target).netloc, timeout=30)
            there.request(self.command, self.path, body or None, asked)
            answer = there.getresponse()
            content = answer.read()
            told = {k: v for k, v in answer.getheaders() if k.lower() not in {"date", "connection"}}
            there.close()
            into.append(
                {
                    "method": self.command,
                    "target": self.path,
                    "headers": asked,
                    "body": base64.b64encode(body).decode(),
                    "status": answer.status,
                    "answer_headers": told,
                    "answer": base64.b64encode(content).decode(),
                }
            )
            self.send_response_only(answer.status)
            for key, value in told.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_HEAD = do_POST = do_PATCH = _pass  # noqa: N815 - the library's names

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=proxy.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{proxy.server_address[1]}"
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()


def sheet() -> bytes:
    """A scan of one page."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.drawString(72, 700, "Bằng tốt nghiệp")
    canvas.save()
    return out.getvalue()


def work(desk: Desk, clock: Clock, numbers: range) -> list[str]:
    """Receive dossiers; their codes."""
    codes = []
    for number in numbers:
        clock.at += timedelta(minutes=3)
        codes.append(str(desk.receive(line(number)).value.code))
    return codes


def main(folder: Path) -> None:
    """Make everything in ``folder``, which must not be there."""
    folder.mkdir(parents=True)
    url = f"sqlite:///{folder / 'centre.db'}"
    made = {"practice": True, "admin": "quantri", "passphrase": PASSPHRASE, "now": AT - timedelta(days=1)}
    make_centre(url, UNIT, recovery_file=folder / "recovery.pem", **made)
    clock, ledger = Clock(), Ledger(url)
    ledger.register.add_hamlet(UNIT.code, "Ấp 1")
    ledger.register.plan(UNIT.code, "Ấp 1", date(2026, 11, 18), "regular")
    code = ledger.register.new_code(unit=UNIT.code, name="Máy 1", scope="hamlets", now=clock())
    first: list[dict[str, Any]] = []
    second: list[dict[str, Any]] = []
    with serving(ledger, clock) as address:
        with recorded(address, first) as way:
            desk, recovery = make_laptop(
                folder / "laptop",
                unit=UNIT.code,
                agency=UNIT.agency_id,
                login=LOGIN,
                passphrase=PASSPHRASE,
                now=clock,
                practice=True,
                alone=False,
            )
            desk.enrol(way, code, PASSPHRASE, ca=None)
            desk.open_session("Ấp 1")
            at_centre = work(desk, clock, range(3))
            scan = folder / "bằng.pdf"
            scan.write_bytes(sheet())
            desk.attach(at_centre[0], scan)
            scan.unlink()
            assert desk.sync().value.agree
            while ledger.fold_some():
                pass
        unsent = work(desk, clock, range(3, 5))
        desk.amend(unsent[0], {"copies": 7}, "công dân xin thêm")
        desk.provide_service("typing", 2)
        desk.rate(unsent[1], "satisfied")
        desk.note_incident("power", "mất điện 10 phút")
        desk.save_draft("nháp-1", {"submitter.full_name": "Võ Thị Sáu", "copies": "2"})
        desk.print_job(at_centre[0])
        desk.close()
        ledger.close()
        shutil.copytree(folder / "laptop", folder / "later")
        shutil.copy(folder / "centre.db", folder / "centre-later.db")
        shutil.copytree(folder / "centre-files", folder / "centre-later-files")
        ledger = Ledger(f"sqlite:///{folder / 'centre-later.db'}")
    with serving(ledger, clock) as address, recorded(address, second) as way:
        desk = unlock(folder / "later", LOGIN, PASSPHRASE, clock)
        store = desk._bench.store
        store.keep(place=place_of(folder / "later"), url=way)
        store.notice = None
        assert desk.sync().value.agree
        desk.close()
    ledger.close()
    for left in ("later", "centre-later-files"):
        shutil.rmtree(folder / left)
    for left in (*folder.glob("centre-later.db*"), folder / "recovery.pem"):
        left.unlink()
    about = {
        "release": __version__,
        "at": AT.isoformat(),
        "login": LOGIN,
        "passphrase": PASSPHRASE,
        "recovery_code": recovery,
        "enrol_code": code,
        "at_centre": at_centre,
        "unsent": unsent,
        "draft": "nháp-1",
        "ended": clock().isoformat(),
    }
    (folder / "about.json").write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", "utf-8")
    for name, said in (("first-sync", first), ("second-sync", second)):
        text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in said)
        (folder / f"{name}.jsonl").write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
