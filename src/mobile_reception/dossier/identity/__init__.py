"""Who a citizen is: typed text, names, numbers, dates of birth, telephones and what a card's QR says.

Nothing here refuses a citizen for an unusual number: the personal number has no check digit, so a mismatch of
province, century or year is a warning for the officer's eye.
"""

from mobile_reception.dossier.identity.card import Card, Unreadable, read_card
from mobile_reception.dossier.identity.legacy import legacy_encoding
from mobile_reception.dossier.identity.letters import (
    Unacceptable,
    capitals,
    clean,
    compare_key,
    fold,
    name_warnings,
    sort_key,
    tokens,
)
from mobile_reception.dossier.identity.numbers import (
    FIRST_BIRTH_YEAR,
    ID_KINDS,
    PROVINCES,
    SEXES,
    birth_notice,
    check_birth_date,
    health_insurance,
    is_personal_number,
    mask,
    no_number,
    number_warnings,
    phone,
    phone_warnings,
)

__all__ = [
    "FIRST_BIRTH_YEAR",
    "ID_KINDS",
    "PROVINCES",
    "SEXES",
    "Card",
    "Unacceptable",
    "Unreadable",
    "birth_notice",
    "capitals",
    "check_birth_date",
    "clean",
    "compare_key",
    "fold",
    "health_insurance",
    "is_personal_number",
    "legacy_encoding",
    "mask",
    "name_warnings",
    "no_number",
    "number_warnings",
    "phone",
    "phone_warnings",
    "read_card",
    "sort_key",
    "tokens",
]
