"""The door: a dossier as an officer, a file or another program gives it, taken whole or refused by field.

The shape of a line is the command line's promise: the fields in a Problem are named as on the line, with
dots and places (``submitter.personal_id``, ``papers[2].name``).
"""

from mobile_reception.dossier.intake.assessment import Assessment, Findings, assess, consider
from mobile_reception.dossier.intake.reading import attempt, read
from mobile_reception.dossier.intake.values import (
    WAYS,
    Delivery,
    Invalid,
    Paper,
    Person,
    Problem,
    Reception,
    to_json,
)

__all__ = [
    "WAYS",
    "Assessment",
    "Delivery",
    "Findings",
    "Invalid",
    "Paper",
    "Person",
    "Problem",
    "Reception",
    "assess",
    "attempt",
    "consider",
    "read",
    "to_json",
]
