"""Sticks and second disks: where they are, and asking where a file is to go."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QStorageInfo, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from mobile_reception.words import text

_MOUNTED_UNDER: Final = ("/media/", "/run/media/", "/mnt/", "/Volumes/")


def sticks() -> list[Path]:
    """Where removable media are mounted now and can be written to, as far as the system tells."""
    found = []
    for volume in QStorageInfo.mountedVolumes():
        root = Path(volume.rootPath())
        if volume.isReady() and not volume.isReadOnly() and not volume.isRoot() and _is_aside(root):
            found.append(root)
    return found


def _is_aside(root: Path) -> bool:
    if sys.platform == "win32":
        system = Path(sys.executable).anchor.upper()
        return root.anchor.upper() not in ("C:\\", system)
    return f"{root}/".startswith(_MOUNTED_UNDER)


def first_place() -> Path:
    """Where a chooser opens: the first stick, else the officer's own folder."""
    return next(iter(sticks()), Path.home())


def ask_new_file(parent: QWidget, title: str, name: str, kind: str, chosen: Callable[[Path], None]) -> None:
    """Ask where to write a file called ``name``; ``kind`` is its suffix without the dot."""
    chooser = QFileDialog(parent, title, str(first_place() / name))
    chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    chooser.setNameFilter(f"{text('Gói hồ sơ')} (*.{kind})")
    chooser.setDefaultSuffix(kind)
    chooser.selectFile(name)
    _open(chooser, chosen)


def ask_file(
    parent: QWidget, title: str, kinds: tuple[str, ...], chosen: Callable[[Path], None], what: str = ""
) -> None:
    """Ask for a file to read; ``what`` files of these kinds are called."""
    chooser = QFileDialog(parent, title, str(first_place()))
    chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
    patterns = " ".join(f"*.{kind}" for kind in kinds)
    chooser.setNameFilters([f"{what or text('Gói hồ sơ')} ({patterns})", f"{text('Mọi tệp')} (*)"])
    _open(chooser, chosen)


def ask_folder(parent: QWidget, title: str, chosen: Callable[[Path], None]) -> None:
    """Ask for a folder."""
    chooser = QFileDialog(parent, title, str(first_place()))
    chooser.setFileMode(QFileDialog.FileMode.Directory)
    chooser.setOption(QFileDialog.Option.ShowDirsOnly)
    _open(chooser, chosen)


def _open(chooser: QFileDialog, chosen: Callable[[Path], None]) -> None:
    chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    chooser.fileSelected.connect(lambda file: chosen(Path(file)))
    chooser.open()
