"""The window and a true centre: sending by key, what is green, what stays calm, what needs a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from laptop_and_centre import UNIT, House, Road, make_centre
from mobile_reception import desk
from mobile_reception.desk import Place
from mobile_reception.desk.table import Desk
from mobile_reception.ui.background import Background
from mobile_reception.ui.main_window import MainWindow
from ui_laptop import LOGIN, PASSPHRASE, line, now


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    make_centre(tmp_path)
    house = House(tmp_path)
    house.now = now()
    with house.serving() as url, Road(url).open() as opened:
        opened.code = house.ledger.register.new_code(
            unit=UNIT.code, name="Máy 1", scope="hamlets", now=house.now
        )
        yield opened
    house.ledger.close()


@pytest.fixture
def enrolled(road: Road, tmp_path: Path) -> Iterator[Desk]:
    """A laptop of that centre with one dossier that is not sent yet."""
    laptop, _ = desk.make(
        tmp_path / "laptop",
        unit=UNIT.code,
        agency=UNIT.agency_id,
        login=LOGIN,
        passphrase=PASSPHRASE,
        now=now,
        practice=True,
        alone=False,
    )
    laptop.enrol(road.url, road.code, PASSPHRASE)
    laptop.open_session("Ấp Thượng 1")
    laptop.receive(line("Nguyễn Thị Diệu"))
    yield laptop
    laptop.close()


def fail(error: Exception) -> None:
    raise error


def sent(qtbot: QtBot, window: MainWindow) -> None:
    window.road.last = None
    QTest.keyClick(window, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: window.road.last is not None and window.background.at_rest, timeout=20_000)


def test_offline_is_calm_a_login_page_needs_somebody_and_green_means_agreed(
    qtbot: QtBot, road: Road, enrolled: Desk, tmp_path: Path
) -> None:
    background = Background(fail)
    window = MainWindow(enrolled, background, tmp_path, now, idle_seconds=0)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: background.at_rest and window.isActiveWindow())
    foot = window.status
    assert foot.counts.text() == "1 trên máy này · 0 đã đến trung tâm · 1 chờ gửi"
    assert foot.contact.property("tone") == "calm"

    road.always = "refuse"
    sent(qtbot, window)
    assert window.road.last.reason == "offline"
    assert foot.contact.property("tone") == "calm"
    assert "an toàn" in window.message.words.text()
    assert window.road.next_try is not None
    assert enrolled.find("")[0].place is Place.HERE

    road.always = "html"
    sent(qtbot, window)
    assert window.road.last.reason == "captive_portal"
    assert foot.contact.property("tone") == "act"

    road.always = None
    sent(qtbot, window)
    assert window.road.last.agree
    assert foot.contact.property("tone") == "good"
    assert foot.counts.text() == "1 trên máy này · 1 đã đến trung tâm · 0 chờ gửi"
    assert enrolled.find("")[0].place is Place.CENTRE

    enrolled.receive(line("Lê Văn Ắn", "087090001235"))
    window.changed(frozenset(desk.Part))
    qtbot.waitUntil(lambda: background.at_rest)
    assert foot.contact.property("tone") == "calm"  # green would be early
    assert foot.counts.text() == "2 trên máy này · 1 đã đến trung tâm · 1 chờ gửi"
    window.road.stop()
    background.stop()
