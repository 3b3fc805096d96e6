"""Papers on the scanner: PDF files of any size, each like no other; and what has to become of them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from mobile_reception.dossier.attachment import FILE_ATTACHED
from simulator.book import Book
from simulator.world import World

if TYPE_CHECKING:
    from simulator.centre import CentreHost
    from simulator.laptop import LaptopHost

SIZES = (900, 900, 20_000, 20_000, 300_000, 700_000)
"""Bytes of what is scanned: a request holds the first of them, the last takes three or more."""


def scanned(world: World, folder: Path) -> Path:
    """A new paper in the scanner's folder."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{world.chance.randbytes(6).hex()}.pdf"
    path.write_bytes(_sheet(world.chance.randbytes(world.chance.choice(SIZES))))
    return path


def _sheet(ink: bytes) -> bytes:
    """A page with ``ink`` on it that no printer would understand."""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(ink), ink),
    )
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, content)
    begins = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % begins)


def files_arrived(world: World, book: Book, centre: CentreHost, laptops: list[LaptopHost]) -> set[str]:
    """Raises Violated unless every file that a laptop still has is whole at the centre, and nothing waits.

    A laptop that was put back has lost the files of the acts that it forgot. What the centre has a row for
    and no machine has any more is returned: its folder was put back too, and only `verify` can say so.
    """
    here = {row[0] for row in centre.rows("SELECT sha256 FROM file")}
    lost = {str(book.acts[fact].value) for fact in book.perhaps}
    for path in sorted(centre.files.glob("*/??/*")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        world.demand(digest == path.name, "a file at the centre is not what its name says", path.name[:12])
        world.demand(path.name in here | lost, "a file lies at the centre that nobody knows", path.name[:12])
    held: set[str] = set()
    for laptop in laptops:
        if laptop.retired:
            continue
        mine = laptop.files()
        held |= set(mine.values())
        for told in book.acts.values():
            if (
                told.laptop == laptop.name
                and told.kind == FILE_ATTACHED
                and told.fact not in laptop.forgotten
            ):
                has = mine.get((told.subject, str(told.value))) is not None
                world.demand(has, laptop.name, "has lost a file of", told.subject)
        for sha256 in mine.values():
            there = (centre.files / laptop.unit / sha256[:2] / sha256).is_file() and sha256 in here
            world.demand(there, laptop.name, "has a file that the centre lacks:", sha256[:12])
        world.demand(not laptop.files_waiting(), laptop.name, "still has files to send")
    announced = {row[0] for row in centre.rows("SELECT sha256 FROM file_announced WHERE NOT withdrawn")}
    world.demand(announced - here <= announced - held, "announced files are missing at the centre")
    waits = centre.ledger.status().files_waiting
    world.demand(waits == len(announced - here), "the centre waits for", waits, "files")
    world.counts["files at the centre"] += len(here)
    gone = {sha256 for sha256 in here - held if not [*centre.files.glob(f"*/??/{sha256}")]}
    world.demand(not gone or centre.shelves_replaced, "files have gone from the centre's folder")
    world.counts["files that no machine has any more"] += len(gone)
    return gone
