"""Save a picture of every screen, in every language, from a made-up practice session.

    python docs/pictures.py docs/pictures

Works without a display. The citizens are invented; the procedures are the real catalogue's.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import datetime
from pathlib import Path

from PIL import Image

from mobile_reception import desk
from mobile_reception.ui.pictures import save_screens
from mobile_reception.words import LANGUAGES, VIETNAM

WEDNESDAY = datetime(2026, 11, 18, 8, 15, tzinfo=VIETNAM)
CITIZENS = (
    ("Nguyễn Thị Diệu", "female", "2.000815", 2, 3),
    ("Trần Văn Ắn", "male", "2.000815", 5, 2),
    ("Lê Đặng Phước Thịnh", "male", "1.004873", 1, 1),
    ("Huỳnh Thị Kim Phượng", "female", "2.000815", 1, 4),
    ("Võ Hữu Nghĩa", "male", "2.000815", 8, 1),
    ("Đỗ Thị Ngọc Ẩn", "female", "1.004873", 1, 1),
    ("Phạm Quốc Ưởng", "male", "2.000815", 2, 2),
)


def main() -> None:
    """Make a laptop, receive some citizens, save the pictures, print their paths."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as place:
        laptop, _ = desk.make(
            Path(place) / "laptop",
            unit="29978",
            agency="H20.82",
            login="can.bo",
            name="Trần Thị Bích Thủy",
            passphrase="mot cau dai de tap dung",  # noqa: S106 - of a folder that is gone a moment later
            now=lambda: WEDNESDAY,
            practice=True,
        )
        try:
            laptop.open_session("Khóm Thượng 1")
            for number, (name, sex, procedure, pages, copies) in enumerate(CITIZENS):
                laptop.receive(
                    {
                        "procedure": procedure,
                        "submitter": {
                            "full_name": name,
                            "personal_id": f"087{'190' if sex == 'female' else '090'}{number:06d}",
                            "birth_date": "1990-05-02",
                            "sex": sex,
                            "phone": f"091234{number:04d}",
                            "address": "Khóm Thượng 1, phường Thường Lạc, tỉnh Đồng Tháp",
                        },
                        "papers": [{"name": "Giấy tờ bản chính", "originals": 1, "pages": pages}],
                        "copies": copies,
                        "fee": 0 if procedure == "1.004873" else None,
                    }
                )
            for language in LANGUAGES:
                for file in save_screens(laptop, Path(place) / "pictures", language):
                    print(_lightened(file, folder))
        finally:
            laptop.close()


def _lightened(picture: Path, folder: Path) -> Path:
    """The picture under its name without a number, in 256 colours: a third of the bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / picture.name.partition("-")[2]
    with Image.open(picture) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)
    return target


if __name__ == "__main__":
    main()
