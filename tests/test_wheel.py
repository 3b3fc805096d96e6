"""What is installed is whole: the wheel carries the resources, and works where Qt cannot be loaded."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import resources
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
NEEDED = (
    "procedures/2.000815.toml",
    "procedures/fields.toml",
    "calendar/2026.toml",
    "units/82.toml",
    "papers/receipt.toml",
    "practice/citizens.toml",
    "languages/en/LC_MESSAGES/mobile_reception.mo",
)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of the resources in the wheel: the one that is installed, else one built here."""
    installed = resources.files("mobile_reception").joinpath("resources")
    if installed.is_dir():
        root = Path(str(installed))
        return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)], check=True
    )
    (wheel,) = folder.glob("*.whl")
    prefix = "mobile_reception/resources/"
    with zipfile.ZipFile(wheel) as archive:
        return {name.removeprefix(prefix) for name in archive.namelist() if name.startswith(prefix)}


def test_the_wheel_carries_every_resource(packed: set[str]) -> None:
    here = {
        path.relative_to(ROOT / "resources").as_posix()
        for path in (ROOT / "resources").rglob("*")
        if path.is_file()
    }
    assert packed >= here
    assert packed >= set(NEEDED)


_NO_QT = """
import sys
class NoQt:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"PySide6", "shiboken6"}:
            raise ImportError("libEGL.so.1: cannot open shared object file")
sys.meta_path.insert(0, NoQt())
from mobile_reception.__main__ import main
sys.exit(main())
"""


def _run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MOBILE_RECEPTION_PASSPHRASE": "một câu thật dài", "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-c", _NO_QT, *words, "--data", str(folder)],
        capture_output=True,
        encoding="utf-8",
        env=environment,
        check=False,
        timeout=60,
    )


def test_the_command_line_works_without_the_libraries_of_qt(tmp_path: Path) -> None:
    folder = tmp_path / "laptop"
    line = {"procedure": "2.000635", "submitter": {"full_name": "Đặng Thị Ước"}}
    (tmp_path / "in.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    made = _run(
        "init", "--unit", "29978", "--agency-id", "H20.82", "--officer", "lan", "--practice", folder=folder
    )
    assert made.returncode == 0, made.stderr
    assert _run("session", "open", "--hamlet", "Khóm Trung", folder=folder).returncode == 0
    received = _run(
        "receive", str(tmp_path / "in.jsonl"), "--papers", str(tmp_path / "papers"), folder=folder
    )
    assert received.returncode == 0, received.stderr
    code = json.loads(received.stdout)["code"]
    assert (tmp_path / "papers" / f"{code}.pdf").read_bytes().startswith(b"%PDF")


def test_the_centre_serves_without_the_libraries_of_qt(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'centre.db'}"
    made = _run(
        "centre", "init", "--database", database, "--unit", "29978", "--agency-id", "H20.82",
        "--admin", "quantri", "--practice", folder=tmp_path,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    serving = subprocess.Popen(
        [sys.executable, "-c", _NO_QT, "centre", "serve", "--port", "0", "--database", database],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    try:
        assert serving.stdout is not None
        assert serving.stdout.readline().startswith("listening on http://127.0.0.1:")
    finally:
        serving.terminate()
        serving.communicate(timeout=30)


def imported() -> set[str]:
    """What the program imports that Python does not bring: the first words of module names."""
    found: set[str] = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"mobile_reception"}


def test_whatever_is_imported_is_declared_and_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["camera"]]
    declared = {plain(re.split(r"[\[<>=]", each)[0]) for each in asked}
    brought_along = {"shiboken6": "pyside6-essentials", "cv2": "opencv-python-headless"}
    theirs = packages_distributions()
    for module in sorted(imported()):
        names = {plain(each) for each in theirs.get(module, [brought_along.get(module, module)])}
        assert (names | {brought_along.get(module, "")}) & declared, module
    locked = {
        plain(line.partition("==")[0]): line.partition("==")[2].partition(" ")[0]
        for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines()
        if "==" in line and not line.startswith(" ")
    }
    for each in project["dependencies"]:
        wanted = Requirement(each)
        assert wanted.specifier.contains(locked[plain(wanted.name)]), each


def plain(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
