"""A unit's own settings: what no law says for all of them, checked before any laptop gets it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mobile_reception.centre.values import Refused
from mobile_reception.dossier import service
from mobile_reception.dossier.attachment import Limits
from mobile_reception.dossier.catalogue import Catalogue, Malformed
from mobile_reception.dossier.days import Calendar

KEYS: Final = frozenset(
    {
        "fee",
        "limit",
        "switched_off",
        "calendar",
        "weekend",
        "templates",
        "receipt",
        "signer",
        "service_prices",
        "files",
        "retention",
    }
)
"""Amounts and limits by procedure, procedures not received, days off and worked, the weekend rule, edited
forms, what receipts name (``lookup``, ``hotline``), who signs, what free services would cost on the market
(``service_prices``, by kind, in đồng), what files a dossier may have (``max_bytes``, ``types``,
``max_files``), after how many days laptops reduce a finished dossier that lies in a verified backup
(``retention``, its ``days``; left out: never)."""

_LONGEST_KEPT: Final = 36_500  # days


def checked(settings: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """``settings`` as laptops may have them. Raises Refused (``settings``), its detail saying why."""
    unknown = sorted(set(settings) - KEYS)
    if unknown:
        raise Refused("settings", ", ".join(unknown))
    try:
        catalogue.with_settings(settings)
        Calendar.load().with_settings(settings)
        Limits.read(settings.get("files", {}))
    except (Malformed, ValueError) as error:
        raise Refused("settings", str(error)) from error
    for name in ("templates", "receipt", "signer"):
        part = settings.get(name, {})
        if not isinstance(part, Mapping) or not all(isinstance(value, str) for value in part.values()):
            raise Refused("settings", name)
    prices = settings.get("service_prices", {})
    if not isinstance(prices, Mapping) or set(prices) - set(service.SERVICES):
        raise Refused("settings", "service_prices")
    if not all(type(price) is int and 0 <= price <= service.MOST_PRICE for price in prices.values()):
        raise Refused("settings", "service_prices")
    kept = settings.get("retention", {})
    if not isinstance(kept, Mapping) or set(kept) - {"days"}:
        raise Refused("settings", "retention")
    if kept and (type(kept["days"]) is not int or not 1 <= kept["days"] <= _LONGEST_KEPT):
        raise Refused("settings", "retention.days")
    _check_forms(settings.get("templates", {}))
    return dict(settings)


def _check_forms(templates: Mapping[str, str]) -> None:
    from mobile_reception.papers import BadTemplate, load

    for form in templates:
        try:
            load(form, templates)
        except BadTemplate as error:
            raise Refused("settings", str(error)) from error
