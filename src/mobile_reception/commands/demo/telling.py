"""What the demonstration says: its report is its output."""

from __future__ import annotations

import sys


def tell(sentence: str) -> None:
    """One line of the report."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()
