"""The USB way: what is unsent, sealed into a file; others' files carried; the centre's answer read back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from mobile_reception.desk.bench import Bench
from mobile_reception.desk.failures import CannotWrite, NotFound, Unacceptable, spoken, unwritten
from mobile_reception.store import carrying, errors
from mobile_reception.store.durable import whole_file
from mobile_reception.store.outbox import Outbox
from mobile_reception.store.values import Answer, Enrolment, StoredFile
from mobile_reception.sync import bundle, protocol
from mobile_reception.sync.protocol import Unreadable
from mobile_reception.words import text, why


@dataclass(frozen=True, slots=True)
class Written:
    """A bundle that lies in ``file``, read back and found whole. ``everything``: the whole journal.

    ``files`` are those of dossiers that the centre is not known to have; ``unreadable`` of them are damaged
    here and not in it.
    """

    file: Path
    facts: int
    everything: bool
    files: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a file that was read.

    ``carried``: another laptop's bundle, kept here until the centre is met. ``known``: it was here before.
    ``own``: this laptop's own bundle. ``answer``: the centre's, ``facts`` more are known to have arrived.
    """

    kind: Literal["carried", "known", "own", "answer"]
    facts: int = 0
    letters: int = 0


def write(bench: Bench, file: Path, *, everything: bool = False) -> Written:
    """Seal what the centre has not acknowledged into ``file``, or the whole journal if nothing waits.

    The files of dossiers go behind the facts. Raises Unacceptable without a centre's key, CannotWrite; then
    ``file`` is as it was.
    """
    writing = _Writing(bench)
    marks = writing.box.origins()
    everything = everything or all(mark.head == mark.acknowledged for mark in marks)
    try:
        with whole_file(file) as stream:
            writing.begin(stream)
            facts = sum(
                writing.journal(mark.origin, 0 if everything else mark.acknowledged) for mark in marks
            )
            files = [writing.file(each) for each in writing.box.files()]
            writing.end()
    except (errors.CannotWrite, Unreadable) as error:
        raise CannotWrite(
            text(
                "Không ghi được «{file}»: {why}. Hồ sơ vẫn an toàn trên máy này.",
                file=file,
                why=unwritten(error),
            )
        ) from error
    return Written(file, facts, everything, sum(files), len(files) - sum(files))


class _Writing:
    """One bundle in the making."""

    def __init__(self, bench: Bench) -> None:
        self.box = Outbox(bench.store)
        self._bench = bench
        self._enrolment = _enrolled(self.box)
        self._key = self.box.device_key()
        self._box_key = protocol.unbase64(bench.setting("box_key", ""))
        if len(self._box_key) != 32:
            raise Unacceptable(
                text(
                    "Máy này chưa nhận khóa niêm phong của trung tâm. Hãy nối mạng gửi một lần, "
                    "rồi chép lại; lúc này có thể sao lưu ra USB."
                )
            )

    def begin(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._writer = bundle.Writer(
            stream,
            centre_key=self._enrolment.centre_key,
            certificate=self._enrolment.certificate,
            key=self._key,
            made_at=self._bench.now(),
        )

    def journal(self, origin: str, after: int) -> int:
        """Seal the facts of a journal behind ``after``; how many."""
        began = after
        while run := self.box.run(origin, after, bundle.RUN):
            body = protocol.write_run(
                origin=run.origin,
                first=run.first,
                last=run.last,
                last_hash=run.last_hash,
                previous=self.box.previous_hash(origin, after),
                lines=run.lines,
            )
            self._add(body)
            after = run.last
        return after - began

    def file(self, file: StoredFile) -> bool:
        """Seal a dossier's file, piece by piece; False if it cannot be read here."""
        offset = 0
        while offset < file.size:
            try:
                part = self.box.file_part(file, offset, bundle.RUN)
            except errors.Damaged:
                return False  # what is sealed of it is a beginning that the centre goes on from
            self._add(part, bundle.Piece(file.sha256, file.size, offset))
            offset += len(part)
        return True

    def end(self) -> None:
        """Sign the whole, and read it back."""
        self._writer.end()
        bundle.check(self._stream, self._enrolment.centre_key)

    def _add(self, body: bytes, piece: bundle.Piece | None = None) -> None:
        self._writer.add(
            bundle.seal(
                body,
                box_key=self._box_key,
                certificate=self._enrolment.certificate,
                key=self._key,
                at=self._bench.now(),
                piece=piece,
            )
        )


def read(bench: Bench, file: Path) -> Read:
    """Take in what lies in ``file``: another laptop's bundle to carry, or the centre's answer to our own.

    Raises NotFound, Unacceptable (cut, changed, of another centre, of a newer program), CannotWrite.
    """
    enrolment = _enrolled(Outbox(bench.store))
    try:
        with file.open("rb") as source:
            if bundle.is_answer(source):
                return _acknowledge(bench, source, enrolment)
            outline = bundle.check(source, enrolment.centre_key)
            if outline.certificate.device == enrolment.device:
                return Read("own", letters=outline.letters)
            with spoken():
                fresh = carrying.keep(bench.store, source, outline.digest)
            return Read("carried" if fresh else "known", letters=outline.letters)
    except Unreadable as error:
        raise Unacceptable(said(error)) from error
    except OSError as error:
        raise NotFound(text("Không đọc được tệp {file}: {why}", file=file, why=why(error))) from error


def said(error: Unreadable) -> str:
    """What is wrong with a bundle, and what to do."""
    for kind, sentence in (
        (bundle.NoBundle, text("Tệp này không phải gói hồ sơ hay phiếu trả lời của trung tâm.")),
        (bundle.Newer, text("Gói này do phiên bản mới hơn lập. Hãy cập nhật chương trình rồi đọc lại.")),
        (bundle.OtherCentre, text("Gói này niêm phong cho trung tâm khác; không nhận gì từ gói này.")),
    ):
        if isinstance(error, kind):
            return sentence
    return text("Gói bị cắt hoặc bị sửa nên không nhận gì. Hãy chép lại từ máy đã lập gói.")


def read_words(read: Read) -> str:
    """What became of a file that was read, in a sentence."""
    return {
        "carried": text("Đã nhận mang giúp gói của máy khác; gói sẽ tự gửi khi máy này gặp trung tâm."),
        "known": text("Máy này đã nhận gói đó trước đây; không cần làm gì thêm."),
        "own": text("Đây là gói của chính máy này; hãy đưa USB về trung tâm hoặc cho máy khác mang giúp."),
        "answer": text("Trung tâm xác nhận đã nhận thêm {facts} sự kiện của máy này.", facts=read.facts),
    }[read.kind]


def hand_on(bench: Bench) -> int:
    """Hand over what is carried for others, as far as the road goes; how many bundles are still here.

    Safe to cut anywhere. Never raises for the road's sake: what is not handed over now is so next time.
    """
    from mobile_reception.sync.client import RoadClosed

    box = Outbox(bench.store)
    enrolment = _enrolled(box)
    left = 0
    for carried in carrying.carried(bench.store):
        try:
            done = _hand_on_one(bench, box, enrolment, carried)
        except (RoadClosed, Unreadable, OSError):
            done = False
        left += not done
    return left


def waiting(bench: Bench) -> int:
    """How many bundles of other laptops are carried here."""
    return len(carrying.carried(bench.store))


def _hand_on_one(bench: Bench, box: Outbox, enrolment: Enrolment, carried: carrying.Carried) -> bool:
    """Whether the centre has all of it now."""
    from mobile_reception.sync import client  # heavy, and only for those who have something to send

    placed = True
    with carried.file.open("rb") as source:
        bundle.check(source, enrolment.centre_key)
        letters = (letter for place, letter in enumerate(bundle.letters(source)) if place >= carried.done)
        answers = client.hand_on(enrolment, box.device_key(), letters, clock=bench.now)
        for done, settled in enumerate(answers, carried.done + 1):
            placed = placed and settled
            if placed:
                carrying.handed_on(bench.store, carried, done)
    if placed:
        carrying.finish(bench.store, carried)
    return placed


def _enrolled(box: Outbox) -> Enrolment:
    enrolment = box.enrolment()
    if enrolment is None:
        raise Unacceptable(
            text("Máy này chưa nối với trung tâm nào nên không niêm phong được. Hãy dùng «backup».")
        )
    return enrolment


def _acknowledge(bench: Bench, source: BinaryIO, enrolment: Enrolment) -> Read:
    """Move marks forward by heads that the centre signed; an old answer moves nothing back."""
    box = Outbox(bench.store)
    heads = bundle.read_answer(source, enrolment.centre_key)
    marks = {mark.origin: mark for mark in box.origins()}
    if any(head.origin not in marks for head, _, _ in heads):
        raise Unacceptable(text("Phiếu trả lời này là của máy khác."))
    more = 0
    for head, body, signature in heads:
        mark = marks[head.origin]
        if head.code != "ok" or not mark.acknowledged < head.seq <= mark.head:
            continue  # nothing new, or a matter for the road: it asks the centre itself
        answer = Answer(head.origin, head.seq, head.hash, head.epoch, head.time, head.held, body, signature)
        try:
            box.acknowledged(answer)
        except errors.Damaged:
            continue  # another journal under this name: the road tells a fork
        more += head.seq - mark.acknowledged
    return Read("answer", facts=more)
