"""The centre's process: the product's own door and ledger, called in this process, on a true file."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mobile_reception.centre import api, bundles
from mobile_reception.centre.database import LedgerFailure
from mobile_reception.centre.door import Door
from mobile_reception.centre.ledger import Ledger
from mobile_reception.centre.values import Refused
from mobile_reception.sync.protocol import Unreadable
from simulator.disk import Disk, Killed
from simulator.world import World

_REASONS = {200: "OK"}


class _Door(Door):
    """The product's door with its queues drained at once: one request at a time is deterministic."""

    host: CentreHost

    async def read(self, work: Callable[..., Any], *args: Any, **named: Any) -> Any:
        return work(*args, **named)

    write = read
    think = read
    carry = read

    def arrived(self) -> None:
        self.host.fold_soon()


class CentreHost:
    """The machine at the centre. ``up`` is False between a death and the next start."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.files = folder / "centre-files"
        self.disk = Disk(world, "centre", folder, "centre.db", files=self.files)
        self.offset = timedelta()
        self.up = False
        self.signed: dict[str, int] = {}
        self.restored = 0
        self.shelves_replaced = False
        self.loop = asyncio.new_event_loop()
        self._folding = False

    def clock(self) -> datetime:
        """The centre's clock."""
        return self.world.moment + self.offset

    def boot(self) -> None:
        """Start the process; what it once signed for must be there."""
        self.ledger = Ledger(f"sqlite:///{self.disk.path}")
        self.app = api.build(self.ledger, self.clock)
        door = _Door(self.ledger, self.clock)
        door.host = self
        self.app.state.door = door
        self.up = True
        self._folding = False
        for origin, seq in self.signed.items():
            there = self.heads().get(origin, 0)
            self.world.demand(there >= seq, "centre signed for", origin, seq, "and has", there)
        self._guarded(lambda: self.ledger.files.sweep(now=self.clock()) or 0)
        self._guarded(self.ledger.reconsider)
        self.fold_soon()

    def heads(self) -> dict[str, int]:
        """How far each journal reaches here."""
        return dict(self.rows("SELECT origin, head FROM origin"))

    def acts(self) -> set[str]:
        """The ids of all facts that are on this disk, whether the process runs or not."""
        return {row[0] for row in self.rows("SELECT id FROM fact WHERE id IS NOT NULL")}

    def everything(self) -> list[Any]:
        """All that laptops have brought about here."""
        tables = ("fact", "held", "dossier", "session", "origin", "number_range", "officer", "file")
        return [sorted(self.rows(f"SELECT * FROM {table}"), key=repr) for table in tables]

    def rows(self, query: str) -> list[Any]:
        """What is on this disk, read past the product."""
        db = sqlite3.connect(f"file:{self.disk.path}?mode=ro", uri=True)
        try:
            return db.execute(query).fetchall()
        finally:
            db.close()

    def knows(self, device: str) -> bool:
        """Whether a laptop stands in this centre's register."""
        return bool(self.rows(f"SELECT 1 FROM device WHERE device = '{device}'"))

    def revoke(self, device: str) -> None:
        """An administrator revokes a laptop."""
        self._guarded(lambda: self.ledger.register.revoke(device, now=self.clock()) is None)

    def shut(self) -> None:
        """End the process in order."""
        self.up = False
        self.disk.shut()

    def crash(self) -> None:
        """The process died; it is started again a little later."""
        self.world.fault("centre: killed" + (" with its power" if self._power else ""))
        self.up = False
        self.disk.crash()
        self.world.after(self.world.chance.uniform(0.5, 20), self._again)

    @property
    def _power(self) -> bool:
        return self.disk.blow is not None and self.disk.blow.power

    def _again(self) -> None:
        if not self.up:
            self.boot()

    def close_a_conflict(self) -> None:
        """An administrator chooses one of two values, if there are any: a fact of the centre's own."""

        def close() -> int:
            conflict = next(iter(self.ledger.questions.conflicts()), None)
            if conflict is not None:
                value = str(conflict.values[0].value)
                named = {"officer": "quantri", "now": self.clock()}
                self.ledger.questions.close(conflict.subject, conflict.field, value, **named)
                self.world.counts["conflicts closed"] += 1
            return 0

        self._guarded(close)

    def confirm(self) -> None:
        """An administrator lets numbers be given again, above any that a laptop may have."""

        def confirmed() -> int:
            state = self.ledger.restoration.state()
            for unit in state.waiting if state is not None else ():
                self.ledger.restoration.confirm(unit, 50_000)
            return 0

        self._guarded(confirmed)

    def read_stick(self, path: Path) -> bytes | None:
        """An administrator reads a bundle: the answer to it, empty if it is refused; None: not now."""
        answer: list[bytes] = []

        def read() -> int:
            try:
                taken = bundles.read_file(self.ledger, path, now=self.clock())
            except (Unreadable, Refused) as error:
                self.world.note("centre: stick", type(error).__name__, error)
                answer.append(b"")
                return 0
            for head in taken.heads:
                if head.code == "ok":
                    self.signed[head.origin] = max(head.seq, self.signed.get(head.origin, 0))
            self.world.note("centre: stick", taken.facts, taken.fresh, taken.kept, taken.files, taken.missing)
            answer.append(taken.answer)
            self.fold_soon()
            return 0

        self._guarded(read)
        return answer[0] if answer else None

    def put_back(self, files: dict[Path, bytes], shelves: Path | None = None, *, kept: bool = True) -> None:
        """An administrator restores the centre from an older copy of its file.

        Its folder of files stays, or without ``kept`` goes, and ``shelves``, a copy of it, takes its place.
        """
        self.shut()
        self.disk.put_back(files)
        if not kept:
            self.shelves_replaced = True
            shutil.rmtree(self.files, ignore_errors=True)
            if shelves is not None and shelves.exists():
                shutil.copytree(shelves, self.files)
        self.restored += 1
        self.signed.clear()
        self.boot()

    # -- Folding -----------------------------------------------------------------------------------------

    def fold_soon(self) -> None:
        """Fold when the road is quiet, as the door does."""
        if not self._folding:
            self._folding = True
            self.world.after(0.3, self._fold)

    def _fold(self) -> None:
        self._folding = False
        if not self.up:
            return
        if self._guarded(lambda: self.ledger.fold_some(20)) == 0:
            self._guarded(self._adopt)
        else:
            self.fold_soon()

    def _adopt(self) -> int:
        found = self.ledger.files.adopt()
        self.world.counts["files known again in their folder"] += found
        return 0

    def fold_all(self) -> None:
        """Fold whatever waits, and what follows it."""
        while self.ledger.fold_some():
            pass
        self._adopt()

    def _guarded(self, work: Callable[[], int]) -> int:
        try:
            return work()
        except LedgerFailure as failure:
            self.world.note("centre:", type(failure).__name__)
            return -1
        except Killed:
            self.crash()
            return 0

    # -- Answering ---------------------------------------------------------------------------------------

    def serve(self, asked: bytes) -> bytes | None:
        """The answer's bytes to a request's bytes, whole or cut; None if the connection just ends."""
        head, end, rest = asked.partition(b"\r\n\r\n")
        if not self.up or not end:
            return None
        try:
            scope, length = _read_head(head)
        except (ValueError, UnicodeDecodeError):  # as the web server in front of the door does
            return _answer(400, [], b"Invalid HTTP request received.")
        body = rest[:length]
        try:
            return self.loop.run_until_complete(self._ask(scope, body, whole=len(body) == length))
        except Killed:
            self.crash()
            return None

    async def _ask(self, scope: dict[str, Any], body: bytes, *, whole: bool) -> bytes | None:
        messages = [{"type": "http.request", "body": body, "more_body": not whole}]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        answer = b"".join(part.get("body", b"") for part in sent[1:])
        path = scope["path"]
        if sent[0]["status"] == 200 and path.startswith(("/v1/runs/", "/v1/head/")):
            self._remember(answer)
        self.world.note("centre:", scope["method"], path, sent[0]["status"], len(answer))
        return _answer(sent[0]["status"], sent[0]["headers"], answer) if whole else None

    def _remember(self, answer: bytes) -> None:
        """A signed head is a promise of the centre's."""
        said = json.loads(answer)
        origin, seq = said["origin"], said["head"]["seq"]
        self.signed[origin] = max(seq, self.signed.get(origin, 0))


def _read_head(head: bytes) -> tuple[dict[str, Any], int]:
    """The ASGI scope that a request's first lines amount to, and the length that they announce."""
    first, *lines = head.split(b"\r\n")
    method, target, _ = first.split(b" ")
    headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
    length = int(dict(headers).get(b"content-length", b"0"))
    path, _, query = target.partition(b"?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method.decode(),
        "scheme": "http",
        "path": path.decode(),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    return scope, length


def _answer(status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> bytes:
    lines = [b"HTTP/1.1 %d %s" % (status, _REASONS.get(status, "See code").encode())]
    lines += [name + b": " + value for name, value in headers if name.lower() != b"content-length"]
    lines += [b"Content-Length: %d" % len(body), b"Connection: close"]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def quiet() -> None:
    """What the centre would tell an administrator about refused requests is no news here."""
    logging.getLogger("mobile_reception.centre").setLevel(logging.CRITICAL)
