"""From the command to the painted unlock window, against an empty PySide6 window in the same run.

Each figure is a whole process, from its start to its first paint: the window alone, by the command line,
and with the launcher, which starts the process that paints. Rounds are interleaved, so that a busy machine
hurts both alike; medians, ranges and the ratio are printed. Nothing needs a display.

    python benchmarks/unlock.py [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from mobile_reception import desk
from mobile_reception.words import VIETNAM

EMPTY = """
import sys, time
from PySide6.QtWidgets import QApplication, QWidget

class Window(QWidget):
    def paintEvent(self, event):
        print(time.time_ns(), flush=True)
        app.exit()

app = QApplication(sys.argv[:1])
window = Window()
window.resize(560, 470)
window.show()
sys.exit(app.exec())
"""

UNLOCK = """
import os, sys, time
from datetime import datetime, timezone
from pathlib import Path
from mobile_reception.ui import worker

def painted():
    print(time.time_ns(), flush=True)
    os._exit(0)

worker.run(Path(sys.argv[-1]), "vi", lambda: datetime.now(timezone.utc), painted=painted)
"""

LAUNCH = f"""
import sys
from pathlib import Path
from mobile_reception.ui.launcher import launch

launch(Path(sys.argv[1]), command=(sys.executable, "-c", {UNLOCK!r}))
"""

COMMAND = """
import os, sys, time
from mobile_reception.ui import worker

def painted():
    print(time.time_ns(), flush=True)
    os._exit(0)

run = worker.run
worker.run = lambda *given, **more: run(*given, painted=painted, **more)

from mobile_reception.__main__ import main

main(["window-worker", "--data", sys.argv[1]])
"""


def until_painted(code: str, *arguments: str) -> float:
    """Milliseconds from starting a process to its first paint."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its modules compiled
    started = time.time_ns()
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, check=True
    )
    return (int(done.stdout.split()[-1]) - started) / 1e6


def told(name: str, rounds: list[float]) -> float:
    """Print one line of figures; the median."""
    middle = statistics.median(rounds)
    print(f"{name:28} median {middle:6.0f} ms   range {min(rounds):.0f} to {max(rounds):.0f}")
    return middle


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "laptop"
        made, _ = desk.make(
            folder,
            unit="29905",
            agency="H20.12.3",
            login="can.bo",
            passphrase="mat khau dai lam",
            now=lambda: datetime.now(VIETNAM),
            practice=True,
        )
        made.close()
        until_painted(EMPTY)
        until_painted(UNLOCK, str(folder))
        until_painted(COMMAND, str(folder))
        until_painted(LAUNCH, str(folder))
        empty, unlock, commanded, launched = [], [], [], []
        for _ in range(rounds):
            empty.append(until_painted(EMPTY))
            unlock.append(until_painted(UNLOCK, str(folder)))
            commanded.append(until_painted(COMMAND, str(folder)))
            launched.append(until_painted(LAUNCH, str(folder)))
    floor = told("empty window", empty)
    ours = told("unlock window", unlock)
    command = told("by the command line", commanded)
    whole = told("with the launcher", launched)
    print(f"ratios {ours / floor:.2f}, {command / floor:.2f}, {whole / floor:.2f}")


if __name__ == "__main__":
    main()
