"""The door: a dossier as an officer, a file or another program gives it, taken whole or refused by field.

The shape of a line is the command line's promise: the fields in a Problem are named as on the line, with
dots and places (``submitter.personal_id``, ``papers[2].name``).
"""

from mobile_reception.dossier.intake.assessment import Findings, consider
from mobile_reception.dossier.intake.reading import attempt
from mobile_reception.dossier.intake.values import (
    WAYS,
    Delivery,
    Paper,
    Person,
    Problem,
    Reception,
    to_json,
)

__all__ = [
    "WAYS",
    "Delivery",
    "Findings",
    "Paper",
    "Person",
    "Problem",
    "Reception",
    "attempt",
    "consider",
    "to_json",
]
