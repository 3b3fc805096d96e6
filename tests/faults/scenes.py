"""What a process does while its disk fails: run with the shim loaded, a child of this process for each fault.

Each scene gets a folder of its own and tells, durably and outside of it, what it has promised to somebody.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from laptops import LOGIN, Clock, line
from mobile_reception.centre import database, intake
from mobile_reception.centre import migrations as centre_migrations
from mobile_reception.centre.ledger import Ledger
from mobile_reception.desk import Failure, Officer
from mobile_reception.desk.table import Desk
from mobile_reception.store import file as laptop_file
from mobile_reception.store import keys
from mobile_reception.store import migrations as laptop_migrations
from mobile_reception.store.errors import StoreFailure
from mobile_reception.store.opening import open_store
from mobile_reception.sync import protocol

Tell = Callable[[str], None]
Arm = Callable[[], None]


def laptop(folder: Path, key: str, tell: Tell, arm: Arm) -> None:
    """Dossiers received and amended, a draft, a print job, the log brought into the file, a last dossier."""
    store = open_store(folder, keys.Opened(bytes.fromhex(key)), keys.read(folder))
    store.keep(place=laptop_file.place_of(folder))
    store.notice = None
    store.settle()
    desk = Desk(store, Officer(LOGIN, LOGIN, "officer"), Clock())
    arm()
    codes: list[str] = []

    def receive(number: int) -> None:
        done = desk.receive(line(f"giấy-{number}"), draft="nháp-cũ").value
        codes.append(done.code)
        tell(f"received {done.code}")

    def draft() -> None:
        desk.save_draft("nháp", {"submitter.full_name": "Lê Thị Ửng"})
        tell("draft nháp")

    def amend() -> None:
        if codes:
            desk.amend(codes[0], {"copies": 9}, "công dân xin thêm")
            tell(f"amended {codes[0]}")

    def paper() -> None:
        if codes:
            tell(f"printing {desk.print_job(codes[0]).value.id}")

    for step in (
        lambda: receive(1),
        draft,
        lambda: receive(2),
        amend,
        paper,
        store.settle,
        lambda: receive(3),
    ):
        try:
            step()
        except (Failure, StoreFailure) as failure:
            tell(f"refused {type(failure).__name__}")
    desk.close()


def centre(folder: Path, key: str, tell: Tell, arm: Arm) -> None:
    """Three runs taken and folded, one more hamlet between them."""
    ledger = Ledger(f"sqlite:///{folder / 'centre.db'}")
    at = datetime.fromisoformat((folder / "at").read_text())
    device = ledger.register.device(key)
    assert device is not None
    arm()
    for number in (1, 2, 3):
        run = protocol.read_run((folder / f"run-{number}").read_bytes())
        for _ in range(40):  # a laptop sends again what was not acknowledged
            try:
                head = ledger.take(device, run, intake.read(run), device_time=at, now=at)
            except database.LedgerFailure as failure:
                tell(f"refused {type(failure).__name__}")
                continue
            tell(f"head {head.seq} {head.hash}")
            break
        try:
            while ledger.fold_some():
                pass
            ledger.register.add_hamlet(device.unit, f"Ấp {number}")
        except database.LedgerFailure as failure:
            tell(f"refused {type(failure).__name__}")
    ledger.close()


def laptop_upgrade(folder: Path, key: str, tell: Tell, arm: Arm) -> None:
    """A laptop's file of a former release is brought up."""
    arm()
    try:
        laptop_migrations.bring_up(folder, bytes.fromhex(key))
        tell("upgraded")
    except StoreFailure as failure:
        tell(f"refused {type(failure).__name__}")


def centre_upgrade(folder: Path, key: str, tell: Tell, arm: Arm) -> None:
    """A centre's file of a former release is brought up."""
    arm()
    try:
        with database.gate():
            centre_migrations.bring_up_file(folder / "centre.db")
        tell("upgraded")
    except database.LedgerFailure as failure:
        tell(f"refused {type(failure).__name__}")


SCENES = {each.__name__: each for each in (laptop, centre, laptop_upgrade, centre_upgrade)}


def _without_syncing(module: Any, name: str) -> None:
    connect = getattr(module, name)

    def careless(*args: Any) -> Any:
        connection = connect(*args)
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    setattr(module, name, careless)


def play(asked: dict[str, Any], shim: Any) -> None:
    """One scene in this process, which may not outlive it."""
    if asked["normal"]:  # the mistake that a power cut has to find
        _without_syncing(laptop_file, "connect")
        _without_syncing(database, "_connect")
    out = os.open(asked["told"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def tell(what: str) -> None:
        shim.fault_note(what.encode())
        os.write(out, f"{what}\n".encode())

    def arm() -> None:
        record = asked["record"]
        if record:
            shutil.copytree(asked["folder"], f"{record}.before")
        shim.fault_arm(asked["folder"].encode(), asked["kind"], asked["at"], record.encode())

    SCENES[asked["scene"]](Path(asked["folder"]), asked["key"], tell, arm)
    os.write(out, f"count {shim.fault_count()}\n".encode())


def main() -> None:
    """Answer each line on standard input with the exit status of the child that played it."""
    shim = ctypes.CDLL(None)
    shim.fault_count.restype = ctypes.c_long
    shim.fault_arm.argtypes = (ctypes.c_char_p, ctypes.c_int, ctypes.c_long, ctypes.c_char_p)
    import alembic.operations
    import alembic.runtime.migration

    import mobile_reception.desk.slips  # noqa: F401 - everything that a child would import

    print("ready", alembic.__version__, flush=True)
    for told in sys.stdin:
        child = os.fork()
        if child == 0:
            status = 99
            try:
                play(json.loads(told), shim)
                status = 0
            finally:
                os._exit(status)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
