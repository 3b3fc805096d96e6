"""The fold: from the facts about one subject to its state, the same on every laptop and at the centre.

A fold reads a *set* of facts. It never fails, and neither the order in which facts arrived nor how often
changes its answer. A fact that does not fit the state it meets changes nothing and is listed as a misfit,
for a person.

Fields that people write form, per field, a small graph: each writing fact names (in ``base``) the fact whose
value its author saw. What nobody has seen and replaced stands. One standing value is the field's value; two
are a visible conflict that keeps both values and names both authors, whatever the clocks said.
"""

from mobile_reception.dossier.fold.clocks import Corrections, corrections, ordered, read_with
from mobile_reception.dossier.fold.dossier import fold_dossier
from mobile_reception.dossier.fold.kinds import (
    AMENDED,
    CLOCK_CORRECTED,
    DUE_EXTENDED,
    FEE_COLLECTED,
    ORIGIN_STARTED,
    RECEIPT_PRINTED,
    RECEIVED,
    REDUCED,
    SCHEMAS,
    SESSION_CLOSED,
    SESSION_JOINED,
    SESSION_MOVED,
    SESSION_OPENED,
    SETTLED,
    flatten,
)
from mobile_reception.dossier.fold.session import fold_session
from mobile_reception.dossier.fold.values import (
    Collection,
    DossierState,
    Event,
    Misfit,
    Reduced,
    SessionState,
    Written,
)

__all__ = [
    "AMENDED",
    "CLOCK_CORRECTED",
    "DUE_EXTENDED",
    "FEE_COLLECTED",
    "ORIGIN_STARTED",
    "RECEIPT_PRINTED",
    "RECEIVED",
    "REDUCED",
    "SCHEMAS",
    "SESSION_CLOSED",
    "SESSION_JOINED",
    "SESSION_MOVED",
    "SESSION_OPENED",
    "SETTLED",
    "Collection",
    "Corrections",
    "DossierState",
    "Event",
    "Misfit",
    "Reduced",
    "SessionState",
    "Written",
    "corrections",
    "flatten",
    "fold_dossier",
    "fold_session",
    "ordered",
    "read_with",
]
