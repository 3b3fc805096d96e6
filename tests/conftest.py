"""What every test gets: no display is needed, no thread is left behind, and a missing Qt is said aloud."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

import stretching
from mobile_reception import words

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from databases import Postgres
    from mobile_reception.ui.main_window import MainWindow
    from ui_laptop import Laptop

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
assert stretching  # loaded before anything else: each passphrase is stretched once in a run
# How long an example takes says something about the machine, nothing about the code.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def _qt_is_missing() -> str:
    """Why Qt's window libraries cannot be loaded here; empty where they can."""
    try:
        import_module("PySide6.QtWidgets")
        import_module("PySide6.QtPrintSupport")
    except ImportError as error:
        return str(error)
    return ""


MISSING = _qt_is_missing()


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Without Qt's system libraries pytest-qt would stop every test, also those that need no window."""
    plugin = config.pluginmanager.get_plugin("pytest-qt")
    if MISSING and plugin is not None:
        config.pluginmanager.unregister(plugin)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "qt: opens windows; needs Qt's system libraries (given by itself)")
    # The plugin without a display says so about every window; it is no fault of the window's.
    if not MISSING:
        config.addinivalue_line("qt_log_ignore", "^This plugin does not support")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever opens windows is marked ``qt``; without Qt that is a loud skip, or a failure if asked for."""
    required = os.environ.get("MOBILE_RECEPTION_REQUIRE_QT") == "1"
    for item in items:
        windowed = {"qtbot", "qapp", "qtmodeltester"} & set(getattr(item, "fixturenames", ()))
        if not windowed and not item.path.name.startswith("test_ui_"):
            continue
        item.add_marker("qt")
        if MISSING and not required:
            item.add_marker(pytest.mark.skip(reason=f"QT IS MISSING, NO WINDOW WAS TESTED: {MISSING}"))


@pytest.fixture(autouse=True)
def no_qt_no_test(request: pytest.FixtureRequest) -> None:
    """With MOBILE_RECEPTION_REQUIRE_QT=1 a missing Qt fails what needs it."""
    if MISSING and request.node.get_closest_marker("qt") is not None:
        pytest.fail(f"Qt is required and missing: {MISSING}")


@pytest.fixture(autouse=True)
def vietnamese_again() -> Iterator[None]:
    """Whatever language a command was given in, the next test begins in Vietnamese."""
    yield
    words.use("vi")


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    """A thread that outlives its test fails it."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(timeout=2)
    alive = [thread.name for thread in left if thread.is_alive()]
    assert not alive, f"threads left alive: {alive}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A true PostgreSQL server for the whole run."""
    from databases import Postgres

    server = Postgres()
    yield server
    server.server.cleanup()


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """The application dressed as the program's, whichever test comes first: letters are as wide as there."""
    from mobile_reception.ui.look import dress

    dress(qapp)
    return qapp


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    """A real encrypted laptop, unlocked."""
    from ui_laptop import make

    made = make(tmp_path / "laptop")
    yield made
    made.desk.close()


@pytest.fixture
def window(qtbot: QtBot, laptop: Laptop) -> Iterator[MainWindow]:
    """The main window of a laptop that has a session open, in front and at rest."""
    from mobile_reception.ui.background import Background
    from mobile_reception.ui.main_window import MainWindow
    from ui_laptop import now

    background = Background(_fail)
    opened = MainWindow(laptop.desk, background, laptop.folder, now, idle_seconds=0, find=lambda _name: None)
    qtbot.addWidget(opened)
    opened.show()
    opened.activateWindow()
    qtbot.waitUntil(lambda: background.at_rest and opened.isActiveWindow())
    yield opened
    background.stop()
    from PySide6.QtCore import QObject

    # Held while the plugin deletes the window: see `fields.discard`.
    _held[:] = opened.findChildren(QObject)


_held: list[object] = []


def _fail(error: Exception) -> None:
    raise error
