"""Sheets in and out: dossiers from CSV and XLSX, the template for them, lists and the register as XLSX."""

from mobile_reception.papers.sheets.lines import Unreadable, read_lines
from mobile_reception.papers.sheets.opening import NotASheet
from mobile_reception.papers.sheets.packing import read_packing
from mobile_reception.papers.sheets.writing import (
    Entry,
    Part,
    Table,
    dossier_csv,
    dossier_list,
    parts,
    register,
    tables,
    template,
)

__all__ = [
    "Entry",
    "NotASheet",
    "Part",
    "Table",
    "Unreadable",
    "dossier_csv",
    "dossier_list",
    "parts",
    "read_lines",
    "read_packing",
    "register",
    "tables",
    "template",
]
