"""Sticks: bundles that laptops write without a road, and their ways to the centre, or elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mobile_reception.desk.failures import Failure, Unacceptable
from simulator.centre import CentreHost
from simulator.laptop import LaptopHost
from simulator.world import World

READ_AGAIN = 30.0
"""Seconds after which an administrator tries again what the centre could not finish."""


class Sticks:
    """All sticks of a world, in a drawer; what was read whole at the centre may come once more."""

    def __init__(self, world: World, centre: CentreHost, laptops: list[LaptopHost], drawer: Path) -> None:
        self.world = world
        self.centre = centre
        self.laptops = laptops
        self.drawer = drawer
        self.read: list[Path] = []
        self._written = 0

    def write(self, laptop: LaptopHost, left: float) -> None:
        """An officer copies what is unsent to a stick; it is carried about for at most ``left`` seconds."""
        chance = self.world.chance
        self.drawer.mkdir(exist_ok=True)
        self._written += 1
        path = self.drawer / f"{self._written}.bundle"
        everything = chance.random() < 0.2
        self._at(laptop, lambda desk: desk.write_bundle(path, everything=everything), "stick:")
        if not path.exists():
            return
        self.world.counts["sticks written"] += 1
        for _ in range(chance.randint(1, 3)):
            ways: tuple[Callable[[], None], ...] = (
                lambda: self.read_at_centre(path, laptop),
                lambda: self._carry(path, laptop),
                lambda: self._cut(path, laptop),
            )
            (way,) = chance.choices(ways, (3, 3, 1))
            self.world.after(chance.uniform(1, max(2.0, left)), way)

    def read_at_centre(self, path: Path, writer: LaptopHost) -> None:
        """An administrator reads a stick, and gives the answer back with it."""
        if not self.centre.up:
            self.world.after(READ_AGAIN, lambda: self.read_at_centre(path, writer))
            return
        self.world.fault("stick: read at the centre" + (" again" if path in self.read else ""))
        answer = self.centre.read_stick(path)
        if answer is None:
            self.world.after(READ_AGAIN, lambda: self.read_at_centre(path, writer))
            return
        self.read.append(path)
        back = path.with_suffix(".answer")
        back.write_bytes(answer)
        if self.world.chance.random() < 0.7:
            self.world.after(
                self.world.chance.uniform(1, 200),
                lambda: self._at(writer, lambda desk: desk.read_bundle(back), "answer:"),
            )

    def _carry(self, path: Path, writer: LaptopHost) -> None:
        """A colleague on the way to the centre takes it along."""
        other = self.world.chance.choice(self.laptops)
        self.world.fault("stick: carried", other.name)
        if self._at(other, lambda desk: desk.read_bundle(path), "carries:") and other is not writer:
            self.read.append(path)

    def _cut(self, path: Path, laptop: LaptopHost) -> None:
        """The stick was pulled out too early; nobody takes anything of it."""
        self.world.fault("stick: cut short")
        cut = path.with_suffix(".cut")
        cut.write_bytes(path.read_bytes()[: self.world.chance.randrange(path.stat().st_size)])
        if self.centre.up:
            before = self.centre.everything()
            taken = self.centre.read_stick(cut)
            self.world.demand(taken in {None, b""}, "a bundle that was cut was taken in")
            same = not self.centre.up or self.centre.everything() == before
            self.world.demand(same, "a bundle that was cut changed the centre")
        taken_here = self._at(laptop, lambda desk: desk.read_bundle(cut), "cut:", wanted=Unacceptable)
        self.world.demand(not taken_here, laptop.name, "took a bundle that was cut")

    def _at(
        self, laptop: LaptopHost, do: Callable[..., object], word: str, wanted: type[Failure] = Failure
    ) -> bool:
        """Whether an officer could do this now."""
        done = False

        def tried() -> None:
            nonlocal done
            try:
                do(laptop.desk)
                done = True
            except wanted as failure:
                self.world.note(laptop.name, word, type(failure).__name__)

        laptop.guarded(tried)
        return done

    def repeat(self) -> int:
        """Every stick that came to the centre is read there once more, in any order; how many that were."""
        again = sorted(set(self.read))
        self.world.chance.shuffle(again)
        for path in again:
            self.centre.read_stick(path)
        return len(again)
