"""Collect the Vietnamese sentences of the sources into every language's catalogue, and compile it.

Run after adding or changing a sentence: ``python .ci/words.py``. Prints what has no translation yet.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "src" / "mobile_reception"
LANGUAGES = ROOT / "resources" / "languages"
_CALLS = {"text", "_"}


def sentences() -> Iterator[tuple[str, str, int]]:
    """Every literal sentence that is said through `words.text`: the sentence, its file and line."""
    for path in sorted(SOURCES.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if path.name != "words.py" and not _speaks(tree):
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if name in _CALLS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value, str(path.relative_to(ROOT)), node.lineno


def _speaks(tree: ast.AST) -> bool:
    """Whether a module's ``text`` is ours: SQLAlchemy has another."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module in ("mobile_reception.words", "mobile_reception")
        and any(alias.name in ("text", "words") for alias in node.names)
        for node in ast.walk(tree)
    )


def collected(old: Catalog, language: str) -> Catalog:
    """A catalogue of exactly the sentences in use, with the translations that are known."""
    catalog = Catalog(
        locale=language,
        project="Mobile Reception",
        header_comment="# Mobile Reception: translations of the window, the command line and the centre.",
        msgid_bugs_address="-",
        last_translator="-",
        language_team=language,
        version="-",
        fuzzy=False,
        creation_date=old.creation_date,
        revision_date=old.revision_date,
    )
    for sentence, file, _line in sentences():
        known = old.get(sentence)
        catalog.add(sentence, known.string if known else "", locations=[(file, None)])
    return catalog


def main() -> int:
    """Collect and compile; 1 when a translation is missing."""
    missing = 0
    for folder in sorted(path for path in LANGUAGES.iterdir() if path.is_dir()):
        po = folder / "LC_MESSAGES" / "mobile_reception.po"
        with po.open("rb") as stream:
            old = read_po(stream, locale=folder.name)
        catalog = collected(old, folder.name)
        with po.open("wb") as stream:
            write_po(stream, catalog, width=100, sort_output=True, omit_header=False)
        with po.with_suffix(".mo").open("wb") as stream:
            write_mo(stream, catalog)
        for message in catalog:
            if message.id and not message.string:
                missing += 1
                sys.stdout.write(f"{folder.name}: {message.id}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
