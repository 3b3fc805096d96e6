"""Every page of the command line's manual: whole, in the reader's language, with nothing of argparse's."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mobile_reception import words
from mobile_reception.__main__ import _parser, _sections, main
from mobile_reception.commands.parser import Below

README = Path(__file__).parents[1] / "README.md"
OWN_WORDS = r"\b(usage|options|optional|positional|arguments?|program|error|exit|required|choose)\b"


def pages(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            assert isinstance(action, Below), parser.prog
            for below in action._name_parser_map.values():
                yield from pages(below)


@pytest.fixture(params=["vi", "en"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    words.use(request.param)
    yield request.param
    words.use("vi")


def test_every_command_and_every_option_says_what_it_is(language: str) -> None:
    for page in pages(_parser()):
        if page.prog.endswith("window-worker"):
            continue
        assert page.description, page.prog
        for action in page._actions:
            if not isinstance(action, Below):
                assert action.help, (page.prog, action.dest)
        for action in page._actions:
            for listed in getattr(action, "_choices_actions", ()):
                assert listed.help, (page.prog, listed.dest)


def test_a_page_has_no_word_of_the_standard_parsers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    words.use("vi")
    for page in pages(_parser()):
        said = page.format_help()
        assert said.startswith("Cách dùng: mobile-reception"), said
        for found in re.findall(OWN_WORDS, re.sub(r"--?[a-z-]+|«[^»]*»|\S*=\S*", "", said)):
            pytest.fail(f"{page.prog}: {found}")


def test_what_is_put_in_is_named_in_the_readers_language(capsys: pytest.CaptureFixture[str]) -> None:
    for language, named in (("vi", "receive TỆP"), ("en", "receive FILE")):
        with pytest.raises(SystemExit) as ended:
            main(["receive", "--help", "--language", language])
        assert ended.value.code == 0
        assert named in capsys.readouterr().out
    words.use("vi")


def test_the_first_page_lists_every_command_once() -> None:
    (commands,) = (each for each in _parser()._actions if isinstance(each, Below))
    listed = [name for names in _sections().values() for name in names]
    assert sorted(listed) == sorted(set(commands.choices) - {"window-worker"})


def test_the_readme_names_every_command() -> None:
    section = README.read_text("utf-8").partition("## The command line")[2].partition("\n## ")[0]
    named = set(re.findall(r"[a-z][a-z-]*", " ".join(re.findall(r"`([^`]*)`", section))))
    (commands,) = (each for each in _parser()._actions if isinstance(each, Below))
    (centre,) = (each for each in commands.choices["centre"]._actions if isinstance(each, Below))
    assert {*commands.choices, *centre.choices} - {"window-worker"} - named == set()


def test_arguments_stand_before_an_option_that_would_swallow_them() -> None:
    (commands,) = (each for each in _parser()._actions if isinstance(each, Below))
    usage = " ".join(commands.choices["supplement"].format_usage().split())
    assert usage == "Cách dùng: mobile-reception supplement MÃ --reason LÝ_DO --paper CHỮ [CHỮ ...] [--json]"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (["session"], "còn thiếu LỆNH"),
        (["session", "closed"], "không có «closed»; chọn một trong: open, close"),
        (["recieve"], "không có «recieve»; chọn một trong: receive"),
        (["find", "a", "--json=3"], "--json: không nhận giá trị '3'"),
        (["find", "a", "--limit", "0"], "cần một số nguyên từ 1: 0"),
        (["find", "a", "--limit", "-1"], "cần một số nguyên từ 1: -1"),
        (["find", "a", "--off", "lan"], "không hiểu --off"),
        (["centre", "serve", "--port", "70000"], "cổng là số từ 0 đến 65535: 70000"),
        (["centre", "plan", "exception", "x"], "cần một trong các tùy chọn --cancel"),
    ],
)
def test_a_mistake_is_told_with_the_page_to_look_at(
    told: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*told, "--language", "vi"])
    heard = capsys.readouterr()
    assert (ended.value.code, heard.out) == (2, "")
    assert said in heard.err
    assert heard.err.endswith(" --help\n")
