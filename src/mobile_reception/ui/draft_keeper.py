"""Half-filled forms go to the desk as they are typed; what the disk cannot take is held and tried again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from mobile_reception.desk import CannotWrite, Draft
from mobile_reception.ui.table import Surroundings
from mobile_reception.words import text

_AGAIN_MS: Final = 2000


class DraftKeeper(QObject):
    """`kept` carries the id of a draft that could be written after all; `answered`: a writing has ended."""

    kept = Signal(str)
    answered = Signal()

    def __init__(self, parent: QObject, around: Surroundings) -> None:
        super().__init__(parent)
        self._around = around
        self._unwritten: dict[str, Mapping[str, Any]] = {}
        self._under_way: set[str] = set()
        self._again = QTimer(self, singleShot=True, interval=_AGAIN_MS)
        self._again.timeout.connect(self.write)

    @property
    def busy(self) -> bool:
        """Whether something that was typed is not on disk yet."""
        return bool(self._under_way or self._unwritten)

    @property
    def stuck(self) -> bool:
        """Whether the disk has not taken something that was typed: it is in memory only."""
        return bool(self._unwritten)

    def with_unwritten(self, drafts: Sequence[Draft]) -> tuple[Draft, ...]:
        """``drafts`` as the desk has them, and what is in memory only in the place of its older writing."""
        officer, now = self._around.desk.me.login, self._around.now()
        held = [
            Draft(key, str(raw.get("submitter.full_name") or "").strip(), officer, now, 0, 0, raw)
            for key, raw in self._unwritten.items()
        ]
        return (*held, *(draft for draft in drafts if draft.id not in self._unwritten))

    def keep(self, key: str, raw: Mapping[str, Any]) -> None:
        """Keep ``raw`` as the draft ``key``; it is on disk when the desk's lane has got to it."""
        desk = self._around.desk
        self._under_way.add(key)
        self._around.background.desk(
            lambda: desk.save_draft(key, raw),
            lambda _outcome: self._on_kept(key),
            lambda error: self._on_not_kept(key, raw, error),
            newest=f"draft {key}",
        )

    def drop(self, key: str) -> None:
        """The draft ``key`` is not wanted any more."""
        desk = self._around.desk
        self._under_way.discard(key)  # its writing is not answered any more
        self._unwritten.pop(key, None)
        self._around.background.desk(lambda: desk.drop_draft(key), newest=f"draft {key}")

    def forget(self, key: str) -> None:
        """The draft ``key`` has ended at the desk."""
        self._unwritten.pop(key, None)

    def write(self) -> None:
        """Try again what could not be written."""
        for key, raw in tuple(self._unwritten.items()):
            self.keep(key, raw)

    def _on_kept(self, key: str) -> None:
        self._under_way.discard(key)
        if self._unwritten.pop(key, None) is not None:
            if not self._unwritten:
                self._around.say(text("Đã có chỗ trên đĩa: những gì đã gõ được ghi lại đủ."), "good")
            self.kept.emit(key)
        self.answered.emit()

    def _on_not_kept(self, key: str, raw: Mapping[str, Any], error: Exception) -> None:
        self._under_way.discard(key)
        if not isinstance(error, CannotWrite):
            self._around.background.failed(error)
            self.answered.emit()
            return
        self._unwritten[key] = raw
        self._again.start()
        self._around.say(
            text(
                "{why} Những gì đang gõ còn trên màn hình, sẽ được ghi ngay khi đĩa có chỗ: đừng tắt máy.",
                why=error,
            ),
            "act",
        )
        self.answered.emit()
