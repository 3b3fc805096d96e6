"""Ready to go: what a laptop needs before it leaves for a hamlet, and what to do about what it lacks."""

from __future__ import annotations

import contextlib
import ctypes
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from mobile_reception.desk import backups, planning, reception, reports, results
from mobile_reception.desk.bench import Bench
from mobile_reception.store import reading
from mobile_reception.words import VIETNAM, day, grouped, iso, moment, tenths, text

State = Literal["good", "look", "bad", "unknown"]
"""Green, yellow, red, grey."""

_GIB = 1024**3
_OLD_CATALOGUE = timedelta(days=60)
_OLD_CONTACT = timedelta(days=7)
_POWER = Path("/sys/class/power_supply")


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list: ``found`` says what is so, ``advice`` what to do (empty: nothing).

    ``name`` is for programs, ``title`` for people; ``value`` is the figure where there is one.
    """

    name: str
    title: str
    state: State
    found: str
    advice: str = ""
    value: int | str | None = None


@dataclass(frozen=True, slots=True)
class Battery:
    """What is left in percent, and whether it is on the mains (None: the system does not say)."""

    percent: int | None
    plugged: bool | None


def check(bench: Bench) -> tuple[Check, ...]:
    """Everything, in the order in which people pack."""
    return (
        _battery(battery()),
        _disk(bench),
        _printers(printers()),
        _planned(bench),
        _numbers(bench),
        _catalogue(bench),
        _clock(bench),
        _contact(bench),
        _backup(bench),
        _second_backup(bench),
        _results(bench),
        _waiting(bench),
        _drafts(bench),
    )


def as_json(checks: tuple[Check, ...]) -> dict[str, Any]:
    """``doctor --json``; ``ready`` is true while nothing is red."""
    return {
        "ready": not any(each.state == "bad" for each in checks),
        "checks": [
            {
                "name": each.name,
                "title": each.title,
                "state": each.state,
                "found": each.found,
                "advice": each.advice,
                "value": each.value,
            }
            for each in checks
        ],
    }


# -- What the system says ----------------------------------------------------------------------------------


def battery() -> Battery:
    """The battery, where the system says anything about one."""
    if sys.platform == "win32":
        return _battery_of_windows()
    if sys.platform == "darwin":
        return _battery_of_macos(_output("pmset", "-g", "batt") or "")
    return _battery_of_linux(_POWER)


def _battery_of_linux(folder: Path) -> Battery:
    charges, plugged = [], None
    for supply in sorted(folder.glob("*")) if folder.is_dir() else []:
        kind = _line(supply / "type")
        if kind == "Battery" and _line(supply / "scope") != "Device":  # not a mouse's own
            charge = _line(supply / "capacity")
            charges += [int(charge)] if charge.isdecimal() else []
            if plugged is None and (state := _line(supply / "status")):
                plugged = state != "Discharging"
        elif kind in ("Mains", "USB") and _line(supply / "online") == "1":
            plugged = True
    return Battery(min(100, round(sum(charges) / len(charges))) if charges else None, plugged)


def _line(file: Path) -> str:
    """What stands in a file of the system; nothing where it cannot be read."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return file.read_text(encoding="ascii").strip()
    return ""


def _battery_of_windows() -> Battery:
    class Power(ctypes.Structure):
        _fields_ = (
            ("line", ctypes.c_ubyte),
            ("flag", ctypes.c_ubyte),
            ("percent", ctypes.c_ubyte),
            ("saver", ctypes.c_ubyte),
            ("life", ctypes.c_uint32),
            ("whole", ctypes.c_uint32),
        )

    power = Power()
    kernel: Any = getattr(ctypes, "windll").kernel32  # noqa: B009 - other systems' ctypes has none
    if not kernel.GetSystemPowerStatus(ctypes.byref(power)):
        return Battery(None, None)
    percent = power.percent if power.percent <= 100 and not power.flag & 128 else None
    return Battery(percent, {0: False, 1: True}.get(power.line))


def _battery_of_macos(said: str) -> Battery:
    percent = re.search(r"(\d{1,3})%", said)
    plugged = None if not said else "AC Power" in said
    return Battery(int(percent[1]) if percent else None, plugged)


def printers() -> tuple[str, ...] | None:
    """The printers that CUPS knows by name; None where nobody can be asked."""
    if sys.platform == "win32":
        return None
    said = _output("lpstat", "-e")
    return None if said is None else tuple(line.strip() for line in said.splitlines() if line.strip())


def _output(*command: str) -> str | None:
    """What a program of the system says; None where it is not there or does not answer in time."""
    program = shutil.which(command[0])
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, *command[1:]],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout


# -- What it means -----------------------------------------------------------------------------------------


def _battery(found: Battery) -> Check:
    title = text("Pin")
    if found.percent is None:
        said = text("Đang cắm điện, không rõ mức pin.") if found.plugged else text("Không rõ mức pin.")
        return Check("battery", title, "unknown", said, text("Nhìn biểu tượng pin của máy trước khi đi."))
    said = text("Pin còn {percent}%.", percent=found.percent)
    if found.plugged:
        said = text("Pin {percent}%, đang cắm điện.", percent=found.percent)
    state: State = "good" if found.percent >= 70 else "look" if found.percent >= 40 else "bad"
    advice = "" if state == "good" else text("Sạc đầy trước khi đi và mang theo bộ sạc.")
    return Check("battery", title, state, said, advice, found.percent)


def _disk(bench: Bench) -> Check:
    free = shutil.disk_usage(bench.store.folder).free
    said = text("Đĩa còn trống {free} GB.", free=tenths(free / _GIB))
    state: State = "good" if free >= 5 * _GIB else "look" if free >= _GIB else "bad"
    advice = "" if state == "good" else text("Xóa tệp không cần hoặc dọn thùng rác cho trống ít nhất 5 GB.")
    return Check("disk", text("Đĩa"), state, said, advice, free)


def _printers(found: tuple[str, ...] | None) -> Check:
    title = text("Máy in")
    if found is None:
        advice = text("In thử một trang từ chương trình.")
        return Check("printer", title, "unknown", text("Không hỏi được hệ thống về máy in."), advice)
    if not found:
        advice = text("Cắm máy in và cài trình điều khiển; không có máy in vẫn tiếp nhận được, phiếu in sau.")
        return Check("printer", title, "look", text("Chưa có máy in nào."), advice, 0)
    advice = text("In thử một trang; mang theo giấy và hộp mực.")
    said = text("Máy in: {names}.", names=", ".join(found))
    return Check("printer", title, "good", said, advice, len(found))


def _numbers(bench: Bench) -> Check:
    left = reading.numbers_left(bench.store, bench.today())
    said = text("Còn {count} số hồ sơ cho hôm nay.", count=grouped(left))
    state: State = "good" if left >= 100 else "look" if left else "bad"
    advice = (
        "" if state == "good" else text("Nối mạng và gửi để trung tâm cấp thêm số; hết số thì cấp mã tạm.")
    )
    return Check("numbers", text("Số hồ sơ"), state, said, advice, left)


def _catalogue(bench: Bench) -> Check:
    title, version = text("Danh mục thủ tục"), bench.catalogue.version
    try:
        dated = date.fromisoformat(version[:10])
    except ValueError:
        said = text("Danh mục phiên bản {version}.", version=version)
        return Check("catalogue", title, "unknown", said, value=version)
    said = text("Danh mục ngày {day}.", day=day(dated))
    old = bench.today() - dated > _OLD_CATALOGUE
    advice = text("Nối mạng để lấy danh mục mới, hoặc hỏi trung tâm có gì thay đổi.") if old else ""
    return Check("catalogue", title, "look" if old else "good", said, advice, version)


def _clock(bench: Bench) -> Check:
    title, now, offset = text("Đồng hồ"), bench.now(), bench.store.meta("clock_offset_s")
    behind = _before_the_last(bench, now)
    set_it = text("Chỉnh lại ngày giờ của máy (múi giờ Hà Nội, UTC+7).")
    if behind is not None:
        said = text(
            "Đồng hồ máy ({now}) sớm hơn việc ghi gần nhất ({last}).", now=moment(now), last=moment(behind)
        )
        return Check("clock", title, "bad", said, set_it)
    if offset is None:
        said = text("Đồng hồ máy: {now}; chưa so với trung tâm lần nào.", now=moment(now))
        return Check("clock", title, "unknown", said, text("So với đồng hồ khác trước khi đi."))
    ahead = int(offset)
    said = text("Đồng hồ máy: {now}; lệch trung tâm {seconds} giây.", now=moment(now), seconds=abs(ahead))
    state: State = "good" if abs(ahead) <= 120 else "look" if abs(ahead) <= 600 else "bad"
    return Check("clock", title, state, said, "" if state == "good" else set_it, ahead)


def _before_the_last(bench: Bench, now: datetime) -> datetime | None:
    """The last thing that happened, by this clock or the centre's, where the clock stands before it."""
    known = [reading.last_act(bench.store), bench.store.meta("last_contact")]
    last = max((datetime.fromisoformat(each) for each in known if each), default=now)
    return last if now < last - timedelta(minutes=10) else None


def _contact(bench: Bench) -> Check:
    title, contact = text("Trung tâm"), bench.store.meta("last_contact")
    if bench.store.meta("url") is None:
        return Check("centre", title, "unknown", text("Máy này dùng độc lập, chưa nối với trung tâm."))
    if contact is None:
        return Check(
            "centre", title, "look", text("Chưa gặp trung tâm lần nào."), text("Nối mạng rồi bấm gửi.")
        )
    last = datetime.fromisoformat(contact)
    old = bench.now() - last > _OLD_CONTACT
    said = text("Gặp trung tâm lần cuối lúc {last}.", last=moment(last))
    advice = text("Nối mạng rồi bấm gửi trước khi đi.") if old else ""
    return Check("centre", title, "look" if old else "good", said, advice, contact)


def _backup(bench: Bench) -> Check:
    title = text("Bản sao lưu")
    advice = text(
        "Đóng chương trình rồi đăng nhập lại: bản sao được làm khi đăng nhập. Xem đĩa còn chỗ không."
    )
    found = sorted(file.stem for file in (bench.store.folder / "backups").glob("*.db"))
    # What lies in the future by this clock was made under another one: it does not tell what today has.
    days = [stem for stem in found if re.fullmatch(r"[0-9]{8}", stem) and stem <= f"{bench.today():%Y%m%d}"]
    if not days:
        return Check("backup", title, "bad", text("Chưa có bản sao lưu nào."), advice)
    last = datetime.strptime(days[-1], "%Y%m%d").replace(tzinfo=VIETNAM).date()
    age = (bench.today() - last).days
    state: State = "good" if age <= 1 else "look" if age <= 7 else "bad"
    said = text("Sao lưu lần cuối ngày {day}.", day=day(last))
    return Check("backup", title, state, said, "" if state == "good" else advice, last.isoformat())


def _second_backup(bench: Bench) -> Check:
    title, last = text("Sao lưu ra USB"), backups.last(bench)
    advice = text("Cắm USB sao lưu rồi chọn «Sao lưu ra USB», hoặc dùng lệnh «backup».")
    if last is None:
        return Check("second_backup", title, "look", text("Chưa sao lưu ra USB lần nào."), advice)
    age = bench.now() - last.at
    state: State = "good" if age <= timedelta(days=1) else "look" if age <= timedelta(days=7) else "bad"
    said = text("Sao lưu ra «{folder}» lúc {at}.", folder=last.folder.name, at=moment(last.at))
    return Check("second_backup", title, state, said, "" if state == "good" else advice, iso(last.at) or "")


def _planned(bench: Bench) -> Check:
    """What the plan says comes next; a laptop without a centre has no plan."""
    title, found = text("Phiên kế tiếp"), planning.proposal(bench)
    if found.planned is None:
        alone = bench.store.meta("url") is None
        advice = "" if alone else text("Hỏi trung tâm lịch phiên, hoặc mở phiên ngoài kế hoạch.")
        return Check("planned", title, "unknown" if alone else "look", found.why, advice)
    return Check("planned", title, "good", found.why, value=found.planned.day.isoformat())


def _results(bench: Bench) -> Check:
    listed = results.lines(bench)
    found = results.counts(listed)
    title, count = text("Kết quả mang theo"), found.on_board + found.waiting
    if doubtful := sum(bool(line.difference or line.times > 1) for line in listed):
        said = text("{count} kết quả trung tâm ghi khác hoặc đã trao hai lần.", count=doubtful)
        return Check("results", title, "look", said, text("Xem trang Trả kết quả (Shift+F2)."), count)
    if found.waiting:
        said = text("{count} kết quả chưa nhận mang theo.", count=found.waiting)
        advice = text("Kiểm các bì kết quả rồi bấm «Nhận mang theo» ở trang Trả kết quả.")
        return Check("results", title, "look", said, advice, count)
    said = text("{count} kết quả trên máy này để trả.", count=found.on_board)
    advice = text("Đối chiếu với các bì kết quả mang theo.") if found.on_board else ""
    return Check("results", title, "good", said, advice, count)


def _waiting(bench: Bench) -> Check:
    found = reports.status(bench)
    said = text(
        "{dossiers} hồ sơ chưa đến trung tâm ({facts} sự kiện).",
        dossiers=found.dossiers_waiting,
        facts=found.waiting,
    )
    waits = found.enrolled and found.waiting > 0
    advice = text("Nối mạng và gửi xong trước khi đi.") if waits else ""
    return Check("waiting", text("Chờ gửi"), "look" if waits else "good", said, advice, found.waiting)


def _drafts(bench: Bench) -> Check:
    count = len(reception.drafts(bench))
    said = text("{count} hồ sơ đang ghi dở.", count=count)
    advice = text("Mở lại để ghi tiếp hoặc bỏ.") if count else ""
    return Check("drafts", text("Ghi dở"), "look" if count else "good", said, advice, count)
