"""The parser of the command line in the reader's language: the standard one speaks English only."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from mobile_reception.words import text


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` whose headings, help and complaints are `words.text`.

    Parsers given as ``parents`` stay plain ones: groups are matched by the standard headings.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for action in self._actions:
            if "--help" in action.option_strings:
                action.help = text("hiện trợ giúp này rồi thôi")
        self._positionals.title = text("đối số")
        self._optionals.title = text("tùy chọn")

    def format_usage(self) -> str:
        """The first lines of the help."""
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, self._mutually_exclusive_groups, text("Cách dùng: "))
        return formatter.format_help()

    def format_help(self) -> str:
        """The whole help: the standard one under our own heading."""
        standard = argparse.HelpFormatter(prog=self.prog)
        standard.add_usage(self.usage, self._actions, self._mutually_exclusive_groups)
        return self.format_usage() + super().format_help().removeprefix(standard.format_help())

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command as it was given; exit status 2."""
        self.exit(2, f"{self.format_usage()}\n{self.prog}: {_said(message)}\n")


def _said(message: str) -> str:
    """A complaint of the standard parser in the reader's language; as it is where it is not known."""
    named = re.fullmatch(r"argument (\S+(?:, \S+)*): (.*)", message, re.DOTALL)
    if named is not None:
        return f"{named[1]}: {_said(named[2])}"
    known = (
        (r"the following arguments are required: (.*)", text("còn thiếu {what}")),
        (r"one of the arguments (.*) is required", text("cần một trong các đối số {what}")),
        (r"unrecognized arguments: (.*)", text("không hiểu {what}")),
        (r"expected one argument()", text("cần một giá trị")),
        (r"expected at (?:least|most) one argument()", text("số giá trị chưa đúng")),
        (r"expected \d+ arguments?()", text("số giá trị chưa đúng")),
        (r"not allowed with argument (.*)", text("không dùng cùng với {what}")),
        (
            r"invalid choice: ('.*?'|\S+).*\(choose from (.*)\)",
            text("không có {what}; chọn một trong: {choices}"),
        ),
        (r"invalid \S+ value: (.*)", text("giá trị không hợp lệ: {what}")),
        (r"ambiguous option: (.*) could match (.*)", text("{what} chưa rõ: có thể là {choices}")),
    )
    for pattern, sentence in known:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found is not None:
            groups = found.groups()
            return sentence.format(what=groups[0], choices=groups[-1])
    return message
