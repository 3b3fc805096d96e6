"""kill -9 at any point of receive and receipt: what was announced is there, once; the rest can be done again.

Commands run in children of one process that has everything imported, each killed at a moment of its own:
after so many microseconds, or right after so many lines. ``KILLS`` in the environment raises how many.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from laptops import at_the_table, environment, line, opened
from mobile_reception.desk.table import Desk

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked"),
]
KILLS = int(os.environ.get("KILLS", "42"))
LINES = 12

SERVER = """
import json, os, sys
import reportlab, mobile_reception.desk.table, mobile_reception.papers, mobile_reception.store.opening
from mobile_reception.__main__ import main
sys.path.insert(0, sys.argv[2])
import stretching  # else each child spends most of its life on the passphrase
main(["status", "--data", sys.argv[1]])
print("ready", flush=True)
for told in sys.stdin:
    args, output = json.loads(told)
    child = os.fork()
    if child == 0:
        os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        try: status = main(args)
        finally: os._exit(locals().get("status", 99))
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


class Killer:
    """Runs commands and kills them."""

    def __init__(self, folder: Path, output: Path) -> None:
        self.folder = folder
        self.output = output
        told = [sys.executable, "-c", SERVER, str(folder), str(Path(__file__).parent)]
        self.server = subprocess.Popen(
            told, env=environment(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        while self._answer() != "ready":
            pass

    def _answer(self) -> str:
        assert self.server.stdout is not None
        said = self.server.stdout.readline()
        assert said, "the server has died"
        return said.strip()

    def run(
        self, *args: str, after: float | None = None, lines: int | None = None
    ) -> tuple[int, list[bytes]]:
        """How the command ended, killed after so many seconds or lines, if at all; its whole lines."""
        assert self.server.stdin is not None
        self.output.unlink(missing_ok=True)
        self.server.stdin.write(json.dumps([args, str(self.output)]) + "\n")
        self.server.stdin.flush()
        child = int(self._answer())
        if after is not None or lines is not None:
            end = time.perf_counter() + (after if after is not None else 20)
            while time.perf_counter() < end and (lines is None or self._printed() < lines):
                pass
            try:
                os.kill(child, signal.SIGKILL)  # the server may have taken its end already
            except ProcessLookupError:
                assert after is not None
        status = int(self._answer())
        return status, self.output.read_bytes().split(b"\n")[:-1] if self.output.exists() else []

    def _printed(self) -> int:
        try:
            return self.output.read_bytes().count(b"\n")
        except FileNotFoundError:
            return 0


@pytest.fixture
def killer(tmp_path: Path) -> Iterator[Killer]:
    folder = tmp_path / "laptop"
    at_the_table(folder).close()
    made = Killer(folder, tmp_path / "output")
    yield made
    assert made.server.stdin is not None
    assert made.server.stdout is not None
    made.server.stdin.close()
    made.server.wait(timeout=20)
    made.server.stdout.close()


def look(folder: Path, announced: dict[str, str], papers: Path) -> Desk:
    """Everything that has to hold after any kill; the desk, still open."""
    desk = opened(folder)
    assert not desk.notices
    there = [each.code for each in desk.find("", limit=100_000)]
    assert len(set(there)) == len(there)
    assert set(announced) <= set(there)
    assert {path.stem for path in papers.glob("*.pdf")} <= set(there)
    for path in papers.glob("*.pdf"):
        body = path.read_bytes()
        assert body.startswith(b"%PDF")
        assert b"%%EOF" in body[-32:]
    found = desk.verify()
    assert found.ok, found.problems
    return desk


def moments() -> Iterator[dict[str, float | int]]:
    """When to kill: a third right after a line, the others anywhere in the life of the command."""
    dice = random.Random(2026)
    for each in range(KILLS):
        yield {"lines": each // 3 % LINES + 1} if each % 3 == 0 else {"after": dice.uniform(0, 0.25)}


def test_receive_and_receipts_survive_a_kill_at_any_point(killer: Killer, tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    announced: dict[str, str] = {}
    killed = 0
    for turn, moment in enumerate(moments()):
        given = tmp_path / "day.jsonl"
        refs = [f"paper-{turn}-{number}" for number in range(LINES)]
        given.write_text("".join(json.dumps(line(ref)) + "\n" for ref in refs))
        told = ("receive", str(given), "--json", "--papers", str(papers), "--data", str(killer.folder))
        status, said = killer.run(*told, **moment)  # type: ignore[arg-type]
        killed += status == signal.SIGKILL
        for ref, each in zip(refs, map(json.loads, said), strict=False):
            assert each["state"] == "received"
            assert each["code"] not in announced
            announced[each["code"]] = ref
        desk = look(killer.folder, announced, papers)
        recorded = {
            desk.dossier(each.id).state.fields["ref"].value: each.code for each in desk.find("", limit=LINES)
        }
        desk.close()
        if turn % 4 == 0:  # the same file once more: the rest is received, nothing twice
            status, said = killer.run(*told)
            assert status == 0
            for ref, each in zip(refs, map(json.loads, said), strict=True):
                if ref in recorded:
                    assert each == {"line": each["line"], "state": "duplicate", "of": recorded[ref]}
                else:
                    assert each["state"] == "received"
                    announced[each["code"]] = ref
            desk = look(killer.folder, announced, papers)
            latest = {each.code for each in desk.find("", limit=LINES)}
            assert latest <= {path.stem for path in papers.glob("*.pdf")}
            desk.close()
    assert killed >= KILLS // 4


def test_the_real_command_killed_and_run_again(tmp_path: Path) -> None:
    folder, papers, given = tmp_path / "laptop", tmp_path / "papers", tmp_path / "day.jsonl"
    at_the_table(folder).close()
    given.write_text("".join(json.dumps(line(f"paper-{number}")) + "\n" for number in range(30)))
    told = [sys.executable, "-m", "mobile_reception", "receive", str(given), "--papers", str(papers)]
    said: list[bytes] = []
    with subprocess.Popen(told, env=environment(folder), stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        said += [running.stdout.readline() for _ in range(5)]
        running.kill()
        said += running.stdout.read().split(b"\n")[:-1]
    announced = {json.loads(each)["code"]: "" for each in said}
    assert len(announced) >= 5
    look(folder, announced, papers).close()
    done = subprocess.run(told, env=environment(folder), capture_output=True, check=True)
    states = [json.loads(each)["state"] for each in done.stdout.splitlines()]
    assert states.count("duplicate") >= len(announced)
    desk = look(folder, announced, papers)
    assert desk.status().dossiers == 30 == len(list(papers.glob("*.pdf")))
    desk.close()


def test_a_draft_outlives_a_kill_until_its_dossier_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "laptop"
    at_the_table(folder).close()
    told = (
        "import os, select, signal, sys\n"
        "from pathlib import Path\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import laptops\n"
        "desk = laptops.opened(Path(sys.argv[2]))\n"
        "for turn in range(14):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        desk = laptops.opened(Path(sys.argv[2]))\n"
        "        desk.save_draft(f'form-{turn}', {'full_name': f'Nguyễn {turn}'})\n"
        "        os.write(1, b'saved\\n')\n"
        "        desk.receive(laptops.line(f'form-{turn}'), draft=f'form-{turn}')\n"
        "        os.write(1, b'received\\n')\n"
        "        signal.pause()\n"
        "    select.select([], [], [], turn * 0.003)\n"
        "    os.kill(child, signal.SIGKILL)\n"
        "    os.waitpid(child, 0)\n"
        "    os.write(1, b'killed\\n')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", told, Path(__file__).parent, folder],
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    desk = opened(folder)
    drafts = {each.id for each in desk.drafts()}
    recorded = {desk.dossier(each.id).state.fields["ref"].value for each in desk.find("")}
    turns = done.stdout.decode().split("killed\n")[:-1]
    for turn, said in enumerate(turns):
        name = f"form-{turn}"
        assert not (name in drafts and name in recorded)
        if "saved" in said:
            assert name in drafts | recorded
        if "received" in said:
            assert name in recorded
    assert desk.verify().ok
    desk.close()
