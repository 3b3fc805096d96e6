"""Beside the form: what it costs and by which rule, when to come back and why, whether it was here before."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from mobile_reception.desk import Alike, Assessed
from mobile_reception.ui.actions import Actions
from mobile_reception.ui.fields import card, problem_label, quiet, scrolled, sentence
from mobile_reception.ui.look import set_look, set_width
from mobile_reception.words import clock_time, day, money, text, weekday

WIDTH = 314
_MOST_LINES = 4


class Reckoning(QFrame):
    """Live while the form is filled."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        set_width(self, WIDTH)
        self.fee, self.back = QLabel(), QLabel()
        for figure, words in ((self.fee, text("Phí, lệ phí")), (self.back, text("Ngày hẹn trả"))):
            set_look(figure, look="large")
            figure.setWordWrap(True)
            figure.setAccessibleName(words)
        self.rule, self.due, self.reason = quiet(), quiet(), quiet()
        self.warnings = QLabel()
        self.warnings.setWordWrap(True)
        set_look(self.warnings, look="warning")
        self.homeless = problem_label()
        self.alike: tuple[Alike, ...] = ()
        self.question = QLabel()
        self.question.setWordWrap(True)
        self.question.setAccessibleName(text("Có thể trùng hồ sơ"))
        self._actions = actions
        self.save = actions.button("save")
        set_look(self.save, look="main")
        frame, inside = card(4)
        inside.addWidget(quiet(text("Phí, lệ phí")))
        inside.addWidget(self.fee)
        inside.addWidget(self.rule)
        inside.addSpacing(12)
        inside.addWidget(quiet(text("Ngày hẹn trả")))
        inside.addWidget(self.back)
        inside.addWidget(self.due)
        inside.addWidget(self.reason)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.setSpacing(10)
        outside.addWidget(scrolled(self._asking(), frame, self.warnings, self.homeless), 1)
        outside.addWidget(actions.button("next"))
        outside.addWidget(self.save)
        self.clear()

    def clear(self) -> None:
        """Nothing is known yet."""
        self.fee.setText("—")
        self.back.setText("—")
        self.rule.setText(text("Chọn thủ tục để tính."))
        for label in (self.due, self.reason, self.warnings):
            label.setText("")
            label.hide()
        self.show_homeless(())
        self._ask(())

    def show_assessed(self, assessed: Assessed, chosen: bool) -> None:
        """Show what the rules make of the form; ``chosen`` is whether a procedure is."""
        self.clear()
        if chosen:
            wanting = {problem.field: sentence(problem.message) for problem in assessed.problems}
            self.fee.setText(money(assessed.fee) if assessed.fee is not None else text("Cán bộ ghi mức thu"))
            self.rule.setText(_lines(assessed.fee_rule) or wanting.get("fee", ""))
            if assessed.come_back is not None:
                self.back.setText(f"{weekday(assessed.come_back)} {day(assessed.come_back)}")
            else:
                self.back.setText(text("Cán bộ ghi ngày hẹn trả"))
            if assessed.due is not None:
                self._say(
                    self.due,
                    text(
                        "Hạn giải quyết: {time} ngày {day}",
                        time=clock_time(assessed.due),
                        day=day(assessed.due),
                    ),
                )
            self._say(self.reason, sentence(assessed.due_reason) or wanting.get("due", ""))
        self._say(self.warnings, "\n".join(sentence(each) for each in assessed.warnings))
        self._ask(assessed.alike)

    def show_homeless(self, sentences: Sequence[str]) -> None:
        """Problems that belong to no field of the form."""
        self._say(self.homeless, "\n".join(sentences))

    def _asking(self) -> QFrame:
        self.asking = QFrame()
        set_look(self.asking, look="offer")
        inside = QVBoxLayout(self.asking)
        inside.setContentsMargins(12, 8, 12, 10)
        inside.setSpacing(6)
        inside.addWidget(self.question)
        inside.addWidget(self._actions.button("alike"))
        return self.asking

    def _ask(self, alike: Sequence[Alike]) -> None:
        self.alike = tuple(alike)
        self.question.setText("\n".join(each.question for each in alike))
        self.asking.setVisible(bool(alike))
        self._actions.allow("alike", bool(alike))

    def _say(self, label: QLabel, words: str) -> None:
        label.setText(words)
        label.setVisible(bool(words))


def _lines(rule: Sequence[str]) -> str:
    """The rule line by line; of many papers the first ones, for the day to come back has to be seen too."""
    shown = list(map(sentence, rule[: _MOST_LINES - 1] if len(rule) > _MOST_LINES else rule))
    if len(shown) < len(rule):
        shown.append(text("và {count} giấy tờ khác", count=len(rule) - len(shown)))
    return "\n".join(shown)
