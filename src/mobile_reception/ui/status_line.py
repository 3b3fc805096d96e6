"""The line at the foot: which session, where the dossiers are, when the centre was last heard."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from mobile_reception.desk import Status
from mobile_reception.ui import road
from mobile_reception.ui.look import set_look
from mobile_reception.words import VIETNAM, clock_time, moment, text


class StatusLine(QFrame):
    """Green only when the centre has said that both sides agree; red only when a person must act.

    `asked`: somebody wants to see more of the road.
    """

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("foot")
        self.session, self.counts, self.contact = QLabel(), QLabel(), QLabel()
        for label, words in (
            (self.session, text("Phiên")),
            (self.counts, text("Hồ sơ")),
            (self.contact, text("Liên lạc với trung tâm")),
        ):
            label.setAccessibleName(words)
        inside = QHBoxLayout(self)
        inside.setContentsMargins(20, 5, 20, 5)
        inside.setSpacing(24)
        inside.addWidget(self.session)
        inside.addStretch(1)
        inside.addWidget(self.counts)
        inside.addStretch(1)
        inside.addWidget(self.contact)
        self.contact.setToolTip(text("Tình hình gửi"))
        self.contact.setCursor(Qt.CursorShape.PointingHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.contact.geometry().contains(event.position().toPoint()):
            self.asked.emit()

    def show_status(self, status: Status) -> None:
        """Show where the laptop stands."""
        session = status.session
        self.session.setText(
            text("Phiên: {hamlet}", hamlet=session.hamlet) if session is not None else text("Chưa mở phiên")
        )
        parts = [text("{count} trên máy này", count=status.dossiers)]
        if status.enrolled:
            waiting = status.dossiers_waiting
            parts.append(text("{count} đã đến trung tâm", count=status.dossiers - waiting))
            parts.append(text("{count} chờ gửi", count=waiting))
        if status.needs_you:
            parts.append(text("{count} cần xử lý", count=status.needs_you))
        self.counts.setText(" · ".join(parts))
        set_look(self.counts, tone="act" if status.needs_you else "calm")

    def show_road(self, status: Status, on_it: road.Road, now: datetime) -> None:
        """Show how it stands between here and the centre."""
        tone = "calm"
        if not status.enrolled:
            words = text("Máy dùng riêng, chưa nối trung tâm")
        elif on_it.sending:
            words = text("Đang gửi…")
        else:
            words = _last(status.last_contact, now)
            report: Any = on_it.last
            if report is not None and report.agree and report.reason is None and not status.waiting:
                tone = "good"
                words = text("Trung tâm đã có đủ · {last}", last=words)
            elif report is not None and road.needs_somebody(report):
                tone = "act"
            if on_it.next_try is not None and tone != "good":
                words = text("{last} · thử lại {time}", last=words, time=clock_time(on_it.next_try))
        self.contact.setText(words)
        set_look(self.contact, tone=tone)


def _last(contact: datetime | None, now: datetime) -> str:
    if contact is None:
        return text("Chưa liên lạc trung tâm")
    same_day = contact.astimezone(VIETNAM).date() == now.astimezone(VIETNAM).date()
    return text("Liên lạc {time}", time=clock_time(contact) if same_day else moment(contact))
