"""Languages: every sentence is there in English too, and formats are those that people read."""

from __future__ import annotations

import importlib.util
import io
import string
from datetime import date, datetime
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from mobile_reception import words

ROOT = Path(__file__).parents[1]


def _collector():  # type: ignore[no-untyped-def]
    spec = importlib.util.spec_from_file_location("collector", ROOT / ".ci" / "words.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _catalogue():  # type: ignore[no-untyped-def]
    path = ROOT / "resources" / "languages" / "en" / "LC_MESSAGES" / "mobile_reception.po"
    with path.open("rb") as stream:
        return read_po(stream, locale="en"), path


def _names(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_sentence_has_its_english() -> None:
    catalogue, _ = _catalogue()
    said = {sentence for sentence, _, _ in _collector().sentences()}
    assert [sentence for sentence in sorted(said) if not getattr(catalogue.get(sentence), "string", "")] == []


def test_a_translation_fills_in_the_same_values() -> None:
    catalogue, _ = _catalogue()
    for message in catalogue:
        if message.id:
            assert _names(str(message.id)) == _names(str(message.string)), message.id


def test_one_of_a_thing_is_said_otherwise_than_many() -> None:
    sentence = "Còn {count} việc chưa gửi."
    with words.speaking("en"):
        assert words.text(sentence, count=1) == "1 act is not sent yet."
        assert words.text(sentence, count="1") == "1 act is not sent yet."
        assert words.text(sentence, count=0) == "0 acts are not sent yet."
        assert words.text(sentence, count=words.grouped(1000)) == "1,000 acts are not sent yet."
    assert words.text(sentence, count=1) == "Còn 1 việc chưa gửi."
    catalogue, _ = _catalogue()
    sentences = [str(message.string) for message in catalogue if message.id]
    forms = [
        form
        for english in sentences
        for _, _, form, _ in string.Formatter().parse(english)
        if form and "|" in form
    ]
    assert len(forms) > 40
    for form in forms:
        one, many = form.split("|")
        assert one.strip() == one != many == many.strip(), form


def test_the_compiled_catalogue_is_that_of_the_texts() -> None:
    catalogue, path = _catalogue()
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    assert compiled.getvalue() == path.with_suffix(".mo").read_bytes()


def test_a_language_holds_only_within_its_block() -> None:
    sentence = "Chủ nhật"
    with words.speaking("en"):
        assert words.text(sentence) == "Sunday"
    assert words.text(sentence) == sentence


def test_a_language_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no such language"):
        words.use("xx")


def test_formats_are_vietnamese() -> None:
    moment = datetime(2026, 11, 24, 18, 5, tzinfo=words.VIETNAM)
    assert words.day(date(2027, 1, 5)) == "05/01/2027"
    assert words.moment(moment) == "18:05 24/11/2026"
    assert words.money(1_000_000) == "1.000.000 đ"
    assert words.weekday(date(2026, 11, 25)) == "Thứ Tư"


def test_numbers_are_grouped_as_the_language_of_the_window_groups_them() -> None:
    assert (words.money(1_234_000), words.tenths(2.44)) == ("1.234.000 đ", "2,4")
    words.use("en")
    assert (words.money(1_234_000), words.tenths(2.44)) == ("1,234,000 đ", "2.4")
