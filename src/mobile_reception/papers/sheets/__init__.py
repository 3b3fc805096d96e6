"""Sheets in and out: dossiers from CSV and XLSX, the template for them, lists and the register as XLSX."""

from mobile_reception.papers.sheets.lines import Unreadable, read_lines
from mobile_reception.papers.sheets.opening import NotASheet
from mobile_reception.papers.sheets.writing import Entry, dossier_csv, dossier_list, register, template

__all__ = [
    "Entry",
    "NotASheet",
    "Unreadable",
    "dossier_csv",
    "dossier_list",
    "read_lines",
    "register",
    "template",
]
