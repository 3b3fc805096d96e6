"""What all parts of the Desk share: the store, who signed in, the rules in force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from mobile_reception.desk.values import Officer
from mobile_reception.dossier import numbering
from mobile_reception.dossier.catalogue import Catalogue
from mobile_reception.dossier.days import Calendar
from mobile_reception.dossier.identity import fold
from mobile_reception.store import reading
from mobile_reception.store.journal import Store
from mobile_reception.words import VIETNAM


@dataclass(frozen=True, slots=True)
class Unit:
    """The commune or ward whose centre this laptop belongs to."""

    code: str
    agency: str
    name: str
    """``Phường Thường Lạc``; empty for a unit that the data do not name."""


class Bench:
    """One for each Desk."""

    def __init__(self, store: Store, me: Officer, now: Callable[[], datetime], signing: bytes = b"") -> None:
        self.store = store
        self.me = me
        self.signing = signing
        self.now = now
        self.sending = False
        self._catalogue: Catalogue | None = None
        self._cards: dict[str, list[dict[str, Any]]] = {}

    @cached_property
    def unit(self) -> Unit:
        """Whose laptop this is."""
        code = self.store.meta("unit") or ""
        known = numbering.units().get(code)
        name = self.store.meta("unit_name") or (known.name if known else "")
        return Unit(code, self.store.meta("agency") or "", name)

    @cached_property
    def calendar(self) -> Calendar:
        """Which days are worked, as the unit has set them."""
        return Calendar.load().with_settings(self.card("settings") or {})

    @property
    def catalogue(self) -> Catalogue:
        """The procedures: the centre's where it has given some, with the unit's own amounts."""
        if self._catalogue is None:
            given, settings = self.card("catalogue"), self.card("settings")
            catalogue = Catalogue.from_json(given) if given else Catalogue.load()
            self._catalogue = catalogue.with_settings(settings) if settings else catalogue
        return self._catalogue

    def forget_cards(self) -> None:
        """New cards have come: read them when they are asked for."""
        self._catalogue = None
        self._cards = {}
        for kept in ("unit", "calendar"):
            self.__dict__.pop(kept, None)

    def today(self) -> date:
        """Today's date in UTC+7."""
        return self.now().astimezone(VIETNAM).date()

    def card(self, kind: str) -> dict[str, Any] | None:
        """The only card of a kind, or None."""
        found = self.cards(kind)
        return found[0] if found else None

    def cards(self, kind: str) -> list[dict[str, Any]]:
        """All cards of a kind."""
        if kind not in self._cards:
            self._cards[kind] = reading.cards(self.store, kind)
        return self._cards[kind]

    @property
    def templates(self) -> dict[str, str]:
        """The wording of forms that the centre has edited, by form."""
        return {str(form): str(said) for form, said in self.setting("templates", {}).items()}

    def setting(self, name: str, otherwise: Any) -> Any:
        """A setting that the centre gave for the whole unit."""
        return (self.card("settings") or {}).get(name, otherwise)

    def paper_setting(self, part: str, name: str) -> str | None:
        """What papers name for the unit (``receipt``: lookup, hotline; ``signer``: for, title, name)."""
        said = self.setting(part, {}).get(name)
        return str(said) if said else self.store.meta(f"setting:{part}_{name}")

    def planned_days(self, hamlet: str) -> list[date]:
        """Days on which a session is planned at ``hamlet``."""
        wanted = fold(hamlet)
        return [
            date.fromisoformat(card["day"])
            for card in self.cards("planned")
            if fold(str(card.get("hamlet", ""))) == wanted
        ]

    def procedure_name(self, code: str | None) -> str:
        """The short name of a procedure, or its code when the catalogue does not know it."""
        if code is None or code not in self.catalogue:
            return code or ""
        return self.catalogue.procedure(code).title()

    def officer_name(self, login: str) -> str:
        """An officer's name: the centre's word, else this laptop's own; the login where nobody has said."""
        card = next((card for card in self.cards("officer") if card.get("login") == login), {})
        slot = next((s for s in self.store.slots.slots if s.kind == "officer" and s.login == login), None)
        return str(card.get("name") or (slot.name if slot else "") or login)
