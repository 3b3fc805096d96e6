"""Scans over a bad line: 1 Mbit/s, 200 ms there and back, cut every 300 KB.

    python benchmarks/files.py [--dossiers 20] [--kilobytes 60]

A laptop's files go through a proxy on loopback that lets so much pass and so fast. Printed are the bytes that
were sent of files, against those that there are (what arrived must not go again), and the time, against the
floor: all bytes at the speed of the line and nothing else.
"""

from __future__ import annotations

import argparse
import logging
import random
import selectors
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from laptop_and_centre import House, PaperBox, enrolled_at, make_centre, noon, reception
from mobile_reception.sync.client import sync

BYTES_A_SECOND = 1_000_000 / 8
ONE_WAY = 0.1
CUT_AFTER = 300_000
_STEP = 4096


class Line:
    """A slow line: bytes wait their turn, then half the round trip; after `CUT_AFTER` a connection is cut."""

    def __init__(self, host: str, port: int) -> None:
        self.there = (host, port)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.passed = 0
        self.cuts = 0
        self._free_at = 0.0
        self._turn = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self.listening.accept()
            except OSError:
                return
            here.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
            time.sleep(2 * ONE_WAY)  # the handshake
            threading.Thread(target=self._carry, args=(here,), daemon=True).start()

    def _carry(self, here: socket.socket) -> None:
        with here, socket.create_connection(self.there) as there, selectors.DefaultSelector() as waiting:
            waiting.register(here, selectors.EVENT_READ, there)
            waiting.register(there, selectors.EVENT_READ, here)
            left, turned = CUT_AFTER, None
            while True:
                for key, _ in waiting.select():
                    source: socket.socket = key.fileobj  # type: ignore[assignment]
                    data = source.recv(_STEP)
                    if not data:
                        return
                    if source is not turned:  # half a round trip for each question and each answer
                        time.sleep(ONE_WAY)
                        turned = source
                    self._wait_for(len(data))
                    left -= len(data)
                    if left < 0:
                        self.cuts += 1
                        return
                    key.data.sendall(data)

    def _wait_for(self, size: int) -> None:
        with self._turn:
            self.passed += size
            now = time.monotonic()
            self._free_at = max(self._free_at, now) + size / BYTES_A_SECOND
            wait = self._free_at - now
        time.sleep(max(0.0, wait))


def main() -> int:
    """Send them; 0 if what was sent of files is within a fifth of what there is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dossiers", type=int, default=20)
    parser.add_argument("--kilobytes", type=int, default=60)
    args = parser.parse_args()
    logging.disable()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        make_centre(folder)
        house = House(folder)
        box = PaperBox()
        house.join(box)
        dice, sent = random.Random(1), 0
        for number in range(args.dossiers):
            subject = str(uuid4())
            box.write(reception(f"H20.32.1-261118-{number:04}", subject=subject))
            box.attach(subject, dice.randbytes(args.kilobytes * 1000))
        whole = sum(map(len, box.scans.values()))
        with house.serving() as url:
            line = Line("127.0.0.1", int(url.rsplit(":", 1)[1]))
            enrolled_at(box, line.url)
            began, tries = time.monotonic(), 0
            while True:
                tries += 1
                if sync(box, clock=noon).agree:
                    break
            took = time.monotonic() - began
            sent = line.passed
            line.listening.close()
        house.ledger.close()
    floor = whole / BYTES_A_SECOND
    print(f"files      {whole / 1e6:6.2f} MB in {args.dossiers} files")
    print(f"sent       {sent / 1e6:6.2f} MB, facts and answers too: {sent / whole:.2f} x")
    print(f"cuts       {line.cuts:6d}, syncs {tries}")
    print(f"time       {took:6.1f} s: {took / floor:.2f} x the line's own {floor:.1f} s")
    return 0 if sent < 1.2 * whole else 1


if __name__ == "__main__":
    raise SystemExit(main())
