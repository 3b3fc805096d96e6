"""What a sync needs of the laptop's store; each method is one short transaction of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mobile_reception.dossier.facts import Fact
from mobile_reception.store.values import (
    Answer,
    Cards,
    Enrolment,
    OriginMark,
    Run,
    StoredFile,
    Testimony,
    Vouched,
)


class FileBox(Protocol):
    """What sending files needs."""

    def files(self) -> list[StoredFile]:
        """The files that the centre is not known to have, one of each SHA-256."""
        ...

    def file_part(self, file: StoredFile, start: int, most: int) -> bytes:
        """Up to ``most`` bytes of a file from ``start`` on. Raises store.errors.Damaged."""
        ...

    def files_arrived(self, names: Sequence[str], at: str) -> None:
        """The centre has said under its signature, at its time ``at``, that it has these."""
        ...

    def files_to_look_after(self, now: datetime) -> list[str]:
        """The files that the centre is known to have, a day after they were asked about; none before that."""
        ...

    def files_looked_after(self, now: datetime) -> None:
        """They have been asked about."""
        ...

    def files_lost(self, names: Sequence[str]) -> None:
        """The centre has said under its signature that it has these no more: they wait again."""
        ...

    def file_refused(self, sha256: str, why: str) -> None:
        """The centre does not take a file, or it cannot be read here."""
        ...


class Box(FileBox, Protocol):
    """What handing over and fetching need."""

    def enrolment(self) -> Enrolment | None:
        """How this laptop is known at its centre; None before it joined one."""
        ...

    def device_key(self) -> Ed25519PrivateKey:
        """The key that requests are signed with."""
        ...

    def origins(self) -> list[OriginMark]:
        """This laptop's own journals, in the order in which they were begun."""
        ...

    def run(self, origin: str, after: int, limit: int) -> Run | None:
        """The facts behind ``after``, at most ``limit`` bytes of lines but at least one; None at the end."""
        ...

    def acknowledged(self, answer: Answer) -> None:
        """Keep the answer as proof and move the mark, only forward.

        Raises store.errors.Damaged, changing nothing, when the hash in it is not this journal's own.
        """
        ...

    def restored(self, origin: str, answer: Answer) -> None:
        """The centre holds less than it once signed for: the mark goes back to what it has."""
        ...

    def previous_hash(self, origin: str, seq: int) -> str:
        """The hash of this laptop's own fact ``seq`` of ``origin``; of 0 what stands before the first."""
        ...

    def take_back(self, origin: str, facts: Sequence[Fact]) -> bool:
        """Lengthen a journal of this laptop by facts of its own that the centre still had.

        False, changing nothing, unless they begin right behind the journal's head. A journal that was current
        is so no longer from the next act on.
        """
        ...

    def give_up(self, origin: str, common: int, at: datetime) -> int:
        """Move the acts behind ``common`` to a new journal, under their old ids; how many they were.

        A journal that was current is so no longer, from now or from the next act on.
        """
        ...

    def take_cards(self, cards: Cards, cursor: str | None) -> None:
        """Keep the centre's cards and, in the same transaction, the cursor that names them.

        ``revoked`` and nothing else comes without a cursor, once all that was unsent has been handed over.
        """
        ...

    def feed_cursor(self) -> str | None:
        """How far the centre's feed has been taken here; None: nothing of it yet."""
        ...

    def take_page(self, facts: Sequence[Fact], cursor: str, proofs: Mapping[str, bytes] | None = None) -> int:
        """Keep the facts of whole subjects and, in the same transaction, the cursor behind them.

        What is here already changes nothing. ``proofs`` are, by hash, the centre's word for its own facts.
        How many facts were new.
        """
        ...

    def testimony(self) -> Testimony:
        """All that this laptop has to show its centre, should that have been put back."""
        ...

    def vouched(self, epoch: str) -> Vouched | None:
        """The next of the centre's own facts from before ``epoch`` that it was not given back; None: all.

        Empty once in each epoch where there are none, so that `brought_back` can say so.
        """
        ...

    def brought_back(self, epoch: str, reached: tuple[str, int]) -> None:
        """The centre of this epoch has them, up to this place."""
        ...
