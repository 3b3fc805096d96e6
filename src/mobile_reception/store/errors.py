"""What may go wrong with the laptop's file, told apart by what a person has to do."""

from __future__ import annotations


class StoreFailure(Exception):
    """The store could not do it; nothing was half done."""


class NoFolder(StoreFailure):
    """No laptop was ever made in this folder."""


class AlreadyMade(StoreFailure):
    """A laptop was made in this folder before; nothing was touched."""


class Denied(StoreFailure):
    """The passphrase or code does not open this folder; unknown logins look the same."""


class NoBackup(StoreFailure):
    """This file is no backup, or not all of one: cut, or changed in a bit. Nothing was restored."""


class Damaged(StoreFailure):
    """The file is missing, corrupt, or not of this folder. The newest backup is the way out."""


class TooNew(StoreFailure):
    """The file was written by a newer program; it was left untouched."""


class CannotWrite(StoreFailure):
    """Disk full or read-only; the act was refused as a whole and may be tried again."""


class Busy(StoreFailure):
    """Another program holds the file for longer than we wait; trying again is safe."""
