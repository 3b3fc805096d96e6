"""From what was typed to a dossier's line: pure, so that a form, a draft and a test read it alike.

``typed`` holds every field as typed, under its dotted name; papers are a list of such mappings. What cannot
be read stays text, so that the rules refuse it by its field with a reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_BIRTH: Final = re.compile(r"(?:(?:(\d{1,2})[/.\- ])?(\d{1,2})[/.\- ])?(\d{4})")
_EIGHT: Final = re.compile(r"(\d{2})(\d{2})(\d{4})")
_PERSON: Final = ("full_name", "personal_id", "id_kind", "birth_date", "sex", "phone", "phone_of", "address")
_COUNTS: Final = ("originals", "certified", "photocopies", "pages")


def line_of(typed: Mapping[str, Any]) -> dict[str, Any]:
    """The line of the dossier that ``typed`` amounts to; empty fields are left out."""
    line: dict[str, Any] = {
        "procedure": _said(typed, "procedure") or None,
        "submitter": _person(typed, "submitter"),
        "owner": _person(typed, "owner") if _said(typed, "for_other") else None,
        "beneficiary": _person(typed, "beneficiary") if _said(typed, "for_beneficiary") else None,
        "papers": [_paper(each) for each in typed.get("papers", ()) if each.get("on")],
        "notify_sms": bool(_said(typed, "notify_sms")),
        "delivery": _delivery(typed),
    }
    for name in ("relation", "variant", "exemption", "note", "channel"):
        line[name] = _said(typed, name) or None
    if not line["owner"]:
        line["relation"] = None
    line["copies"] = whole(_said(typed, "copies") or "1")
    line["fee"] = money(said) if (said := _said(typed, "fee")) else None
    line["due"] = iso_day(said) if (said := _said(typed, "due")) else None
    answers = {
        name.removeprefix("answers."): value
        for name in typed
        if name.startswith("answers.") and (value := _said(typed, name))
    }
    if answers:
        line["answers"] = answers
    return {name: value for name, value in line.items() if value is not None}


def filled(typed: Mapping[str, Any]) -> tuple[int, int]:
    """How many of the things that every dossier has are there, and how many there are."""
    names = [f"submitter.{name}" for name in _PERSON if name not in ("id_kind", "phone_of")]
    there = [bool(_said(typed, name)) for name in (*names, "procedure", "delivery.way")]
    there.append(any(each.get("on") and _said(each, "name") for each in typed.get("papers", ())))
    return sum(there), len(there)


def iso_day(said: str) -> str:
    """``02/05/1990`` → ``1990-05-02``, ``5/1990`` → ``1990-05``, ``02051990``; anything else as it is."""
    found = _EIGHT.fullmatch(said) or _BIRTH.fullmatch(said)
    if not found:
        return said
    day, month, year = found.groups()
    parts = [year, *(f"{int(each):02d}" for each in (month, day) if each)]
    return "-".join(parts)


def shown_day(iso: str) -> str:
    """``1990-05-02`` → ``02/05/1990``; partial days likewise; anything else as it is."""
    if re.fullmatch(r"\d{4}(-\d{2}){0,2}", iso):
        return "/".join(reversed(iso.split("-")))
    return iso


def money(said: str) -> int | str:
    """``12.000 đ``, ``12,000 đ`` → 12000; what is no whole amount in groups of three stays text."""
    bare = said.casefold().removesuffix("đồng").removesuffix("đ").strip()
    return whole(re.sub(r"(?<=\d)[., \N{NO-BREAK SPACE}](?=\d{3}(?!\d))", "", bare))


def whole(said: str) -> int | str:
    """A whole number, or the text as it is."""
    return int(said) if re.fullmatch(r"\d{1,12}", said, re.ASCII) else said


def _said(typed: Mapping[str, Any], name: str) -> str:
    return str(typed.get(name) or "").strip()


def _person(typed: Mapping[str, Any], who: str) -> dict[str, Any]:
    person: dict[str, Any] = {}
    for name in _PERSON:
        said = _said(typed, f"{who}.{name}")
        if said:
            person[name] = iso_day(said) if name == "birth_date" else said
    if person.get("id_kind", "cccd") == "cccd" and "personal_id" in person:
        person["personal_id"] = re.sub(r"[\s.]", "", person["personal_id"])
    if "personal_id" not in person:
        person.pop("id_kind", None)
    person.setdefault("full_name", "")
    return person


def _paper(typed: Mapping[str, Any]) -> dict[str, Any]:
    paper: dict[str, Any] = {name: whole(_said(typed, name) or "0") for name in _COUNTS}
    return {"name": _said(typed, "name"), **paper, "pages": paper["pages"] or 1}


def _delivery(typed: Mapping[str, Any]) -> dict[str, Any]:
    delivery: dict[str, Any] = {"way": _said(typed, "delivery.way") or "hamlet"}
    if delivery["way"] == "post":
        for name in ("address", "recipient", "phone"):
            if said := _said(typed, f"delivery.{name}"):
                delivery[name] = said
    return delivery
