"""The parser of the command line: manual pages and complaints in the reader's language."""

from __future__ import annotations

import argparse
import difflib
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from mobile_reception.commands import USAGE
from mobile_reception.words import LANGUAGES, text


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` that speaks `words.text` throughout; nothing of its own English is left.

    Commands added below it are described by their ``help``. Options are never abbreviated: what a script says
    today means the same when there are more of them.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        named.setdefault("allow_abbrev", False)
        super().__init__(*args, **named)
        self.register("action", "parsers", Below)
        for action in self._actions:
            if "--help" in action.option_strings:
                action.help = text("hiện trợ giúp này rồi thôi")
        self._positionals.title = text("Đối số")
        self._optionals.title = text("Tùy chọn")

    def format_usage(self) -> str:
        """The first lines of the help: what this command needs, then what it takes.

        Arguments stand first: an option that takes several values would swallow them.
        """
        formatter = self._get_formatter()
        everywhere = [each for group in self._action_groups if _is_shared(group) for each in _members(group)]
        own = [each for each in self._actions if each not in everywhere and each.dest != "help"]
        parts = [formatter.part(each) for each in own if not each.option_strings and not _hidden(each)]
        needed, free = [], []
        grouped = {id(each): group for group in self._mutually_exclusive_groups for each in _members(group)}
        for each in own:
            group = grouped.get(id(each))
            if group is not None and each is _members(group)[0]:
                either = " | ".join(formatter.part(one) for one in _members(group))
                needed.append(f"({either})") if group.required else free.append(f"[{either}]")
            elif group is None and each.option_strings:
                part = formatter.part(each)
                needed.append(part) if each.required else free.append(f"[{part}]")
        parts += needed + free
        return formatter.usage(text("Cách dùng: ") + self.prog, parts)

    def _get_formatter(self) -> _Manual:
        return _Manual(prog=self.prog)

    def format_help(self) -> str:
        """The whole page: usage, what it is for, each argument and option, the sections of commands."""
        formatter = self._get_formatter()
        formatter.add_text(self.description)
        for group in self._action_groups:
            below = [each for each in _members(group) if isinstance(each, Below) and each.sections]
            if below:
                for title, listed in below[0].in_sections():
                    formatter.start_section(title)
                    formatter.add_arguments(listed)
                    formatter.end_section()
                continue
            formatter.start_section(group.title)
            formatter.add_text(group.description)
            formatter.add_arguments(_members(group))
            formatter.end_section()
        formatter.add_text(self.epilog)
        return self.format_usage() + "\n" + formatter.format_help()

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command as it was given; exit status 2."""
        hint = text("Xem: {command} --help", command=self.prog)
        self.exit(USAGE, f"{self.format_usage()}\n{self.prog}: {_said(message)}\n{hint}\n")


def _filled(line: str, width: int) -> str:
    """A line of a text; below its own second column where it begins with blanks."""
    begin = re.match(r" *(?:\S+  +)?", line) if line.startswith(" ") else None
    under = " " * len(begin[0]) if begin is not None else ""
    return textwrap.fill(line, width, subsequent_indent=under, break_on_hyphens=False)


def _hidden(action: argparse.Action) -> bool:
    return action.help is argparse.SUPPRESS


def _is_shared(group: argparse._ArgumentGroup) -> bool:
    return group.title == shared_title()


def _members(group: argparse._ArgumentGroup) -> list[argparse.Action]:
    return group._group_actions  # noqa: SLF001 - nothing public tells


class Below(argparse._SubParsersAction):  # type: ignore[type-arg]  # noqa: SLF001 - the one way to add to it
    """The commands below a command; ``sections`` puts them under titles in its help."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.sections: Mapping[str, Sequence[str]] = {}

    def add_parser(self, name: str, **named: Any) -> Any:
        """A command; it is described at the top of its own page as in the list above it."""
        told = named.get("help")
        if told:
            named.setdefault("description", told[:1].upper() + told[1:] + ".")
        return super().add_parser(name, **named)

    def in_sections(self) -> Iterable[tuple[str, list[argparse.Action]]]:
        """The commands as the help lists them, title by title."""
        listed = {each.dest: each for each in self._choices_actions}
        for title, names in self.sections.items():
            yield title, [listed[name] for name in names if name in listed]


class _Manual(argparse.HelpFormatter):
    """Paragraphs keep their lines; what is to be put in is named in the reader's language."""

    def part(self, action: argparse.Action) -> str:
        """What stands for an argument or an option in the usage."""
        if not action.option_strings:
            return self._format_args(action, _named(action.dest))
        if action.nargs == 0:
            return action.option_strings[0]
        return f"{action.option_strings[0]} {self._format_args(action, _named(action.dest))}"

    def usage(self, begin: str, parts: Iterable[str]) -> str:
        """The usage, no part of it broken over two lines."""
        lines, indent = [begin], " " * (min(len(begin), 24))
        for part in parts:
            if len(lines[-1]) + 1 + len(part) > self._width and lines[-1] != indent:
                lines.append(indent)
            lines[-1] += f" {part}"
        return "\n".join(lines) + "\n"

    def _fill_text(self, written: str, width: int, indent: str) -> str:
        return "\n".join(_filled(line, width) for line in written.split("\n"))

    def _get_default_metavar_for_optional(self, action: argparse.Action) -> str:
        return _named(action.dest)

    def _get_default_metavar_for_positional(self, action: argparse.Action) -> str:
        return _named(action.dest)

    def _metavar_formatter(self, action: argparse.Action, default_metavar: str) -> Any:
        formatted = super()._metavar_formatter(action, default_metavar)
        if isinstance(action.metavar, str) and action.metavar.isupper():  # else a command's own name
            return lambda size: (_named(action.metavar),) * size
        return formatted


def shared_title() -> str:
    """Above the options that every command takes."""
    return text("Tùy chọn chung")


def json_option(parser: argparse.ArgumentParser) -> None:
    """``--json``."""
    parser.add_argument("--json", action="store_true", help=text("in một tài liệu JSON ra đầu ra chuẩn"))


def output_option(parser: argparse.ArgumentParser, **more: Any) -> None:
    """``-o FILE``."""
    said = text("ghi vào tệp này (mặc định: một tệp trong thư mục hiện tại)")
    parser.add_argument("-o", "--output", metavar="FILE", **{"help": said, **more})


def speech_option(parser: argparse.ArgumentParser) -> None:
    """``--in``: the language of a paper, which is the citizen's, not the officer's."""
    said = text("ngôn ngữ của giấy tờ (mặc định: vi)")
    parser.add_argument("--in", dest="speech", choices=LANGUAGES, default="vi", help=said)


def day_options(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    """``--from`` and ``--to``; the answers are ``first`` and ``last``."""
    for name, dest, said in (
        ("--from", "first", text("từ ngày này")),
        ("--to", "last", text("đến hết ngày này")),
    ):
        parser.add_argument(name, dest=dest, metavar="YYYY-MM-DD", required=required, help=said)


def choices_words(choices: Iterable[str], words: Callable[[str], str]) -> str:
    """Each choice with what it means: ``a (…), b (…)``."""
    return ", ".join(f"{each} ({words(each)})" for each in choices)


def unit_option(parser: argparse.ArgumentParser) -> None:
    """``--unit`` of a centre's command."""
    said = text("mã đơn vị (mặc định: đơn vị đầu tiên của trung tâm)")
    parser.add_argument("--unit", metavar="CODE", help=said)


def session_words() -> str:
    """What a session that may be left out means."""
    return text("mã phiên (mặc định: phiên đang mở, không có thì phiên gần nhất)")


def count(written: str) -> int:
    """A number of things, at least one: the type of an option."""
    try:
        number = int(written)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(text("cần một số nguyên từ 1: {given}", given=written[:40]))
    return number


def _named(name: str) -> str:
    """What stands for a value in usage and complaints: the contract's own word in English."""
    known = {
        "ADDRESS": text("ĐỊA_CHỈ"),
        "AMOUNT": text("SỐ_TIỀN"),
        "CODE": text("MÃ"),
        "DEVICE": text("MÁY"),
        "DIR": text("THƯ_MỤC"),
        "DOSSIER": text("HỒ_SƠ"),
        "FIELD": text("TRƯỜNG"),
        "FIELD=VALUE": text("TRƯỜNG=GIÁ_TRỊ"),
        "FILE": text("TỆP"),
        "FILE|CODE": text("TỆP|MÃ"),
        "HOST": text("MÁY_CHỦ"),
        "ID": text("MÃ_SỐ"),
        "KIND": text("LOẠI"),
        "LEVEL": text("MỨC"),
        "LIST": text("DANH_SÁCH"),
        "LOGIN": text("TÊN_ĐĂNG_NHẬP"),
        "MOMENT": text("THỜI_ĐIỂM"),
        "N": text("SỐ"),
        "NAME": text("TÊN"),
        "NUMBER": text("SỐ_HIỆU"),
        "PLACE": text("CHỖ"),
        "REASON": text("LÝ_DO"),
        "RULE": text("KẾ_HOẠCH"),
        "SECTION": text("BỘ_PHẬN"),
        "SESSION": text("PHIÊN"),
        "SHA": text("MÃ_BĂM"),
        "TEXT": text("CHỮ"),
        "VALUE": text("GIÁ_TRỊ"),
        "VND": text("ĐỒNG"),
        "YYYY-MM-DD": text("NĂM-THÁNG-NGÀY"),
    }
    return known.get(name.upper(), name)


def _said(message: str) -> str:
    """A complaint of the standard parser in the reader's language."""
    named = re.fullmatch(r"argument (\S+(?:, \S+)*): (.*)", message, re.DOTALL)
    if named is not None:
        return f"{_named(named[1])}: {_said(named[2])}"
    missing = re.fullmatch(r"(?:the following arguments are required: |one of the arguments )(.*)", message)
    if missing is not None:
        one = missing[1].removesuffix(" is required")
        if one != missing[1]:
            return text("cần một trong các tùy chọn {what}", what=one)
        return text("còn thiếu {what}", what=", ".join(_named(name) for name in missing[1].split(", ")))
    wrong = re.fullmatch(r"invalid choice: (?:'(.*)'|(\S+)) \(choose from (.*)\)", message, re.DOTALL)
    if wrong is not None:
        return _no_such(wrong[1] or wrong[2] or "", re.findall(r"[^',\s]+", wrong[3]))
    known = (
        (r"unrecognized arguments: (.*)", text("không hiểu {what}")),
        (r"expected one argument()", text("cần một giá trị")),
        (r"expected at (?:least|most) one argument()", text("số giá trị chưa đúng")),
        (r"expected \d+ arguments?()", text("số giá trị chưa đúng")),
        (r"ignored explicit argument (.*)", text("không nhận giá trị {what}")),
        (r"not allowed with argument (.*)", text("không dùng cùng với {what}")),
        (r"invalid \S+ value: (.*)", text("giá trị không hợp lệ: {what}")),
    )
    for pattern, sentence in known:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found is not None:
            return sentence.format(what=found[1])
    return message


def _no_such(given: str, choices: list[str]) -> str:
    """Many choices are not read by anybody: those that look like what was given, else where they stand."""
    near = difflib.get_close_matches(given, choices, 3, 0.6) if len(choices) > 12 else choices
    if near:
        return text("không có «{what}»; chọn một trong: {choices}", what=given, choices=", ".join(near))
    return text("không có «{what}»", what=given)
