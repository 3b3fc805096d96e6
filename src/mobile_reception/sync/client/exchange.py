"""One sync's conversation with the centre: every question signed, a few cuts in a row borne."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mobile_reception.dossier.facts import Fact
from mobile_reception.sync import protocol
from mobile_reception.sync.client.joining import announce, judged
from mobile_reception.sync.client.road import Reply, Road, RoadClosed
from mobile_reception.sync.protocol import Reason, RunBody, Unreadable, facts_of

_PLAIN: Final = {"gap", "fork", "unknown_origin"}
"""Refusals that a sync knows what to do about."""


class NotKnown(RoadClosed):
    """The centre does not know this device: it never did, or was put back to a day before."""


class Exchange:
    """Asks in the name of one device. ``patience`` cuts in a row, nothing gained between them, end it."""

    def __init__(
        self,
        road: Road,
        device: str,
        key: Ed25519PrivateKey,
        clock: Callable[[], datetime],
        patience: int,
    ) -> None:
        self.road = road
        self.device = device
        self.key = key
        self.clock = clock
        self._patience = patience
        self._cuts = 0

    def ask(
        self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """An answer that a sync can go on with; raises RoadClosed for any other."""
        reply = self.road.ask(
            method,
            target,
            key=self.key,
            device=self.device,
            clock=self.clock,
            body=body,
            headers=headers or {},
        )
        if reply.code == "unknown_device":
            raise NotKnown(Reason.REFUSED, again=True)
        if reply.code not in _PLAIN:
            trouble = judged(reply)
            if trouble is not None:
                raise trouble
        return reply

    def fetch(self, target: str) -> tuple[Reply, bytes]:
        """Lines of facts: the answer, whatever it says, and its bytes inflated. Raises RoadClosed."""
        return self.road.fetch(target, key=self.key, device=self.device, clock=self.clock)

    def journal(self, origin: str, after: int) -> tuple[RunBody, list[Fact]] | None:
        """What the centre holds of this device's ``origin`` behind ``after``: a run of it, its facts chained.

        None when it does not say, or not readably: nothing is there, or this device is not told any more.
        """
        reply, body = self.fetch(f"/v1/journal/{origin}?after={after}")
        if reply.status != 200:
            return None
        try:
            run = protocol.read_run(body)
            return run, facts_of(run)
        except (Unreadable, protocol.TooLarge):
            return None

    def announce(self, origin: str) -> None:
        """Make a journal of this device known. Raises NotAllowed, RoadClosed."""
        announce(self.road, self.device, self.key, origin, clock=self.clock)

    def bear(self, closed: RoadClosed) -> None:
        """One more cut; raises it again when there is no sense in going on."""
        self._cuts += 1
        if not closed.again or self._cuts >= self._patience:
            raise closed

    def gained(self) -> None:
        """Something arrived for good: cuts are counted anew."""
        self._cuts = 0
