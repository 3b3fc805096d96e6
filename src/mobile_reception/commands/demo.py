"""A whole Wednesday on practice data: a centre, a laptop, twenty citizens, the road cut and opened."""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobile_reception.commands import CANNOT_WRITE, DONE, NOT_NOW, PARTLY, Commands, Stop
from mobile_reception.commands.laptop import failures
from mobile_reception.desk import Received, make
from mobile_reception.desk.day import closing_lines
from mobile_reception.dossier.service import asks_nobody
from mobile_reception.words import VIETNAM, day, language, money, resource, text

if TYPE_CHECKING:
    from mobile_reception.desk.table import Desk

WEDNESDAY = date(2026, 11, 25)
"""The first of the Wednesdays to choose from by the seed: the day before it is a public holiday."""

AGENCY = "H20.82"
"""Made up: the identifiers of the communes are not published."""

_PRICES = {"typing": 60_000, "photocopy": 14_000}
"""Made up, like everything here: what an office of the market asks for a text typed, a set copied."""

_MARK = "practice-demo"
_PASSPHRASE = "mật khẩu thực hành"  # noqa: S105 - of practice data, printed for whoever wants to sign in


class DayClock:
    """The clock of the practice day: it stands still until it is moved on."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def later(self, **amount: float) -> None:
        """Let some time pass."""
        self.now += timedelta(**amount)


def register(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``demo``."""
    parser = commands.add_parser("demo", help=text("một ngày trên dữ liệu thực hành"), parents=[shared])
    parser.add_argument("--out", metavar="DIR", default="mobile-reception-demo")
    parser.add_argument("--headless", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="thuong-lac", choices=sorted(models()))
    parser.set_defaults(action=_demo)


def models() -> dict[str, dict[str, Any]]:
    """The four models: unit, hamlets, kind of session."""
    return tomllib.loads(resource("practice", "models.toml").read_text(encoding="utf-8"))


def lines(seed: int, hamlet: str, unit: str) -> list[dict[str, Any]]:
    """Twenty citizens as lines of ``receive``: names as they stand in the data, the rest from the seed."""
    chance = random.Random(seed)
    document = tomllib.loads(resource("practice", "citizens.toml").read_text(encoding="utf-8"))
    return [
        _line(citizen, chance, place, hamlet, unit) for place, citizen in enumerate(document["citizens"], 1)
    ]


def _line(
    citizen: dict[str, Any], chance: random.Random, place: int, hamlet: str, unit: str
) -> dict[str, Any]:
    address = f"{hamlet}, {unit[:1].lower()}{unit[1:]}, tỉnh Đồng Tháp"
    year = int(citizen["born"][:4])
    century = {"male": 0, "female": 1}[citizen["sex"]] + (2 if year >= 2000 else 0)
    line: dict[str, Any] = {
        "ref": f"demo-{seed_of(chance)}-{place:02d}",
        "procedure": citizen["procedure"],
        "submitter": {
            "full_name": citizen["full_name"],
            "personal_id": f"087{century}{year % 100:02d}{chance.randrange(10**6):06d}",
            "birth_date": citizen["born"],
            "sex": citizen["sex"],
            "phone": f"09{chance.randrange(10**8):08d}" if chance.random() < 0.8 else None,
            "address": address,
        },
        "papers": [
            {
                "name": name,
                "originals": originals,
                "certified": certified,
                "photocopies": copies,
                "pages": pages,
            }
            for name, originals, certified, copies, pages in citizen["papers"]
        ],
        "copies": citizen.get("copies", 1),
        "delivery": {"way": "hamlet"},
        "notify_sms": False,
        "relation": citizen.get("relation", "bản thân"),
    }
    if "owner" in citizen:
        line["owner"] = {"full_name": citizen["owner"], "address": address}
    for key in ("exemption", "fee"):
        if key in citizen:
            line[key] = citizen[key]
    return line


def seed_of(chance: random.Random) -> str:
    """A short mark from the seed, so that a line's reference is its own."""
    return f"{chance.randrange(16**4):04x}"


class PracticeCentre:
    """The centre as a process of its own on loopback; stopping it cuts the road."""

    def __init__(self, folder: Path, clock: DayClock) -> None:
        self._folder = folder
        self._clock = clock
        self._process: subprocess.Popen[str] | None = None
        self._port = 0
        self.url = ""

    def run(self, *command: str) -> str:
        """One ``centre`` command; its output. Raises Stop when it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "mobile_reception", "centre", *command, *self._options()],
            capture_output=True,
            encoding="utf-8",
            env=self._environment(),
            check=False,
        )
        if done.returncode != 0:
            raise Stop(
                PARTLY,
                text("Lệnh «centre {name}» không xong: {why}", name=command[0], why=done.stderr.strip()),
            )
        return done.stdout.strip()

    def start(self) -> None:
        """Open the road: serve on the same port as before."""
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "mobile_reception",
                "centre",
                "serve",
                "--port",
                str(self._port),
                *self._options(),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env=self._environment(),
        )
        said = self._process.stdout.readline().split() if self._process.stdout else []
        if not said:
            raise Stop(NOT_NOW, text("Trung tâm thực hành không khởi động được."))
        self.url = said[-1]
        self._port = int(self.url.rpartition(":")[2].rstrip("/"))

    def settled(self) -> dict[str, Any]:
        """The status of the centre once it has folded what came. Raises Stop when it does not."""
        for _ in range(40):
            status: dict[str, Any] = json.loads(self.run("status", "--json"))
            if status["waiting_to_fold"] == 0:
                return status
        raise Stop(PARTLY, text("Trung tâm thực hành chưa xử lý xong."))

    def stop(self) -> None:
        """Cut the road."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate()
            self._process = None

    def _options(self) -> list[str]:
        return ["--database", f"sqlite:///{self._folder / 'centre.db'}", "--now", self._clock.now.isoformat()]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "MOBILE_RECEPTION_PASSPHRASE": _PASSPHRASE, "PYTHONUTF8": "1"}


@contextmanager
def _served(centre: PracticeCentre) -> Iterator[None]:
    centre.start()
    try:
        yield
    finally:
        centre.stop()


def _demo(args: argparse.Namespace) -> int:
    out = _prepared(Path(args.out).absolute())
    model = models()[args.model]
    wednesday = WEDNESDAY + timedelta(weeks=args.seed % 4)
    if model["kind"] == "weekend":
        wednesday += timedelta(days=3)
    clock = DayClock(datetime(wednesday.year, wednesday.month, wednesday.day, 7, 15, tzinfo=VIETNAM))
    centre = PracticeCentre(out, clock)
    hamlet = str(model["hamlets"][args.seed % len(model["hamlets"])])
    desk = _enrolled(out, centre, clock, model, hamlet)
    try:
        codes = _session(
            desk, clock, hamlet=hamlet, kind=model["kind"], seed=args.seed, folder=out / "receipts"
        )
        agree = _evening(desk, clock, centre, out)
        if agree:
            tell(text("Hai bên khớp: {count} hồ sơ, mỗi hồ sơ một lần.", count=len(codes)))
        else:
            tell(text("HAI BÊN KHÔNG KHỚP."))
        if args.headless or not _display():
            _pictures(desk, out / "pictures", clock)
        else:
            _open(desk, out / "laptop", clock)
    finally:
        desk.close()
    tell(
        text(
            "Tất cả nằm trong {folder}. Đăng nhập: lan, mật khẩu: {passphrase}",
            folder=out,
            passphrase=_PASSPHRASE,
        )
    )
    return DONE if agree else PARTLY


def tell(sentence: str) -> None:
    """What the demonstration did: its report is its output."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def _prepared(out: Path) -> Path:
    """An empty folder of our own; one that an earlier demonstration made is made anew."""
    if (out / _MARK).exists():
        shutil.rmtree(out)
    elif out.exists() and any(out.iterdir()):
        raise Stop(
            CANNOT_WRITE,
            text("Thư mục {folder} đã có tệp khác. Hãy chọn thư mục khác bằng --out.", folder=out),
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / _MARK).touch()
        (out / "receipts").mkdir()
    except OSError as error:
        raise Stop(CANNOT_WRITE, text("Không ghi được vào {folder}", folder=out)) from error
    return out


def _enrolled(out: Path, centre: PracticeCentre, clock: DayClock, model: dict[str, Any], hamlet: str) -> Desk:
    """The morning: the centre is made, the laptop joins it."""
    centre.run("init", "--unit", model["unit"], "--agency-id", AGENCY, "--admin", "quantri", "--practice")
    centre.run("hamlet", "add", *model["hamlets"])
    for weeks in range(3):  # today and the next two: the days on which results can come back to the hamlet
        planned = (clock.now + timedelta(weeks=weeks)).date().isoformat()
        centre.run("plan", hamlet, planned, "--kind", model["kind"])
    code = centre.run("device", "new", "--name", "Máy lưu động 1").split()[-1]
    with failures(), _served(centre):
        tell(text("Trung tâm thực hành: {url}", url=centre.url))
        desk, _ = make(
            out / "laptop",
            unit=model["unit"],
            agency=AGENCY,
            login="lan",
            name="Nguyễn Ngọc Lan",
            passphrase=_PASSPHRASE,
            now=clock,
            practice=True,
            alone=False,
        )
        desk.enrol(centre.url, code, _PASSPHRASE)
        status = desk.status()
    tell(
        text(
            "Máy đã nối với {unit}; còn {count} số mỗi ngày.", unit=desk.unit_name, count=status.numbers_left
        )
    )
    return desk


def _session(desk: Desk, clock: DayClock, *, hamlet: str, kind: str, seed: int, folder: Path) -> list[str]:
    """The session itself, with the road cut: citizens received, receipts made."""
    codes: list[str] = []
    with failures():
        for service, price in _PRICES.items():
            desk.set_service_price(service, price)
        session = desk.open_session(hamlet, kind).value
        tell(
            text(
                "Mở phiên tại {hamlet}, ngày {day}. Không có mạng.",
                hamlet=session.hamlet,
                day=day(session.day),
            )
        )
        for line in lines(seed, session.hamlet, desk.unit_name):
            clock.later(minutes=7, seconds=20)
            answer = desk.receive(_with_due(line, clock.now)).value
            if not isinstance(answer, Received):
                raise Stop(PARTLY, f"{line['procedure']}: {answer}")
            if answer.fee:
                desk.collect(answer.code, answer.fee)
            job = desk.print_job(answer.code).value
            (folder / f"{answer.code}.pdf").write_bytes(job.pdf)
            desk.print_done(job.id)
            codes.append(answer.code)
            name = line["submitter"]["full_name"]
            _given_back(desk, answer, name, clock)
            tell(f"  {answer.code}  {name:<26} {money(answer.fee):>12}  {day(answer.come_back)}")
        report = desk.sync().value
        tell(
            text(
                "Gửi khi đường đang cắt: {reason}; {count} sự kiện chờ trên máy.",
                reason=report.reason,
                count=report.waiting,
            )
        )
        _rest_of_the_day(desk, codes)
        clock.later(minutes=10)
        closed = desk.close_session(desk.session_summary().collected).value
        told = desk.session_summary(closed.id)
        for look, sentence in closing_lines(desk.closing(closed.id)):
            tell(f"  {'!' if look else '·'} {sentence}")
    tell(
        text(
            "Đã trả {results} kết quả tại phiên; hỗ trợ miễn phí tiết kiệm {saved}; {rated} lượt đánh giá.",
            results=told.handed_over,
            saved=money(told.saved),
            rated=told.satisfaction.rated,
        )
    )
    tell(
        text(
            "Kết thúc phiên: {dossiers} hồ sơ, {citizens} người, {fees}.",
            dossiers=closed.dossiers,
            citizens=closed.citizens,
            fees=money(closed.fees),
        )
    )
    return codes


def _given_back(desk: Desk, answer: Received, name: str, clock: DayClock) -> None:
    """What can be given back at once is, and whoever got it says what they think."""
    if answer.due.astimezone(VIETNAM).date() != clock.now.date():
        return
    clock.later(minutes=2)
    state = desk.hand_over(answer.code, name).value.state
    if not asks_nobody(desk.procedure(state.procedure or "").name):
        desk.rate(answer.code, "satisfied" if answer.code[-1] in "37" else "very")


def _rest_of_the_day(desk: Desk, codes: list[str]) -> None:
    """Free services, forms without a name, somebody who waited too long, and a cut of power."""
    desk.provide_service("typing", 6)
    desk.provide_service("photocopy", 11, pages=64)
    desk.provide_service("online_guidance", 3)
    desk.provide_service("vneid_help", 2)
    desk.note_incident("power", text("mất điện 20 phút, máy chạy bằng pin"))
    desk.rate_session("very")
    desk.rate_session("satisfied")
    waited = next((code for code in codes if desk.dossier(code).state.rating is None), None)
    if waited is not None:
        desk.rate(waited, "not", text("phải chờ lâu"), proxy=True)


def _with_due(line: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A day set by the officer where the catalogue knows no limit: three weeks."""
    if line["procedure"] not in {"2.002307", "2.000286"}:
        return line
    return {**line, "due": (now + timedelta(days=21)).date().isoformat()}


def _evening(desk: Desk, clock: DayClock, centre: PracticeCentre, out: Path) -> bool:
    """The road opens: everything is sent, both sides are counted."""
    clock.later(hours=6)
    with failures(), _served(centre):
        report = desk.sync().value
        tell(
            text(
                "Đường mở: gửi {sent}, trung tâm nhận {acknowledged}, còn {waiting}.",
                sent=report.sent,
                acknowledged=report.acknowledged,
                waiting=report.waiting,
            )
        )
        there = centre.settled()
    checked = json.loads(centre.run("verify", "--json"))
    with failures():
        here = desk.status()
        whole = desk.verify()
        (out / "summary.json").write_text(
            json.dumps(desk.summary(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
        (out / "summary.pdf").write_bytes(desk.summary_pdf())
        (out / "summary.xlsx").write_bytes(desk.summary_sheet())
    tell(
        text(
            "Trên máy: {dossiers} hồ sơ, {facts} sự kiện, {waiting} chờ.",
            dossiers=here.dossiers,
            facts=here.facts,
            waiting=here.waiting,
        )
    )
    mine = sum(each["head"] for each in there["origins"] if each["origin"] == here.origin)
    tell(
        text(
            "Ở trung tâm: {dossiers} hồ sơ, {facts} sự kiện của máy này, {held} chờ xem xét.",
            dossiers=there["dossiers"],
            facts=mine,
            held=there["held"],
        )
    )
    tell(text("Phiếu tiếp nhận: {folder}", folder=out / "receipts"))
    tell(text("Tổng hợp phiên: {file}", file=out / "summary.pdf"))
    tell("  summary.xlsx, summary.json")
    return bool(
        report.agree
        and whole.ok
        and checked["ok"]
        and here.dossiers == there["dossiers"]
        and (here.facts, here.waiting, there["held"]) == (mine, 0, 0)
    )


def _display() -> bool:
    """Whether a window can be shown: X11 and Wayland say so in the environment, others have a screen."""
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return named or os.name == "nt" or platform.system() == "Darwin"


def _pictures(desk: Desk, folder: Path, clock: DayClock) -> None:
    """A picture of every screen in both languages, drawn without a display."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault(
        "QT_LOGGING_RULES", "default.warning=false"
    )  # the plugin cannot size windows: no matter
    try:
        from mobile_reception.ui.pictures import save_screens
    except ImportError as error:
        tell(text("Không vẽ được màn hình: máy này thiếu thư viện hệ thống của Qt ({why}).", why=error))
        tell("  apt-get install libegl1 libgl1 libxkbcommon0 libfontconfig1 libdbus-1-3 libglib2.0-0")
        return
    folder.mkdir(exist_ok=True)
    saved = save_screens(desk, folder, language(), clock)
    tell(text("Hình các màn hình ({count}): {folder}", count=len(saved), folder=folder))


def _open(desk: Desk, folder: Path, clock: DayClock) -> None:
    from mobile_reception.app import show

    show(folder, language(), clock, desk)
