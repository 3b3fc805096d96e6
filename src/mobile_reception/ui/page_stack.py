"""The pages of the window, one before the others: each is made when it is first asked for, and then stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar, cast

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from mobile_reception.desk import Part


class Page(QWidget):
    """What stands in the stack under its ``name``. Nobody may count on its being made before it is shown."""

    name = ""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def shown(self) -> None:
        """The page has come to the front."""

    def refresh(self, parts: frozenset[Part]) -> None:
        """Read again what ``parts`` say has changed."""

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """What the acts of this page do, but for those that the window does itself."""
        return {}


P = TypeVar("P", bound=Page)


class Pages(QStackedWidget):
    """``made`` is called with each page once it stands here.

    As high as the page in front needs, not as the highest of them all: small screens have strips above.
    """

    def __init__(self, made: Callable[[Page], None]) -> None:
        super().__init__()
        self._told = made
        self._makers: dict[type[Page], Callable[[], Page]] = {}
        self._made: dict[type[Page], Page] = {}

    def offer(self, makers: Mapping[type[Page], Callable[[], Page]]) -> None:
        """From now on these pages can be asked for."""
        self._makers.update(makers)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all pages, made or not, in the order that they were offered in."""
        return tuple(kind.name for kind in self._makers)

    @property
    def made(self) -> tuple[Page, ...]:
        """The pages that somebody has asked for."""
        return tuple(self._made.values())

    @property
    def unmade(self) -> tuple[type[Page], ...]:
        """The classes of those that nobody has asked for yet."""
        return tuple(kind for kind in self._makers if kind not in self._made)

    @property
    def front(self) -> str:
        """The name of the page in front; empty where there is none."""
        page = self.currentWidget()
        return page.name if isinstance(page, Page) else ""

    def page(self, kind: type[P]) -> P:
        """The page of this class."""
        if kind not in self._made:
            # Finished before it gets a parent: the window's sheet then goes over it once.
            page = self._made[kind] = self._makers[kind]()
            self.addWidget(page)
            self._told(page)
        return cast("P", self._made[kind])

    def named(self, name: str) -> Page:
        """The page of this name."""
        return self.page(next(kind for kind in self._makers if kind.name == name))

    def do(self, name: str, act: str) -> None:
        """Do an act of the page of this name."""
        self.named(name).doing()[act]()

    def minimumSizeHint(self) -> QSize:
        front = self.currentWidget()
        return front.minimumSizeHint() if front is not None else super().minimumSizeHint()


class _Stacked(Protocol):
    stack: Pages


class Asked(Generic[P]):
    """An attribute of who has a ``stack``: its page of this class."""

    def __init__(self, kind: type[P]) -> None:
        self._kind = kind

    def __get__(self, owner: _Stacked, _of: type) -> P:
        return owner.stack.page(self._kind)
