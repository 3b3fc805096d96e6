"""The demonstration of a whole day on practice data."""

from __future__ import annotations

import argparse

from mobile_reception.commands import Commands


def register(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``demo``."""
