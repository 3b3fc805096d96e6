"""Where the laptop stands, what a session came to, whether the store is whole."""

from __future__ import annotations

import shutil
from datetime import datetime
from typing import Any

from mobile_reception.desk import sessions
from mobile_reception.desk.bench import Bench
from mobile_reception.desk.values import HamletSession, Status, Verification
from mobile_reception.store import checking, reading
from mobile_reception.words import iso, text


def status(bench: Bench) -> Status:
    """Where this laptop stands."""
    counts = reading.counts(bench.store)
    meta = bench.store.meta
    contact, offset = meta("last_contact"), meta("clock_offset_s")
    return Status(
        device=meta("centre_device") or meta("device") or "",
        origin=counts.origin,
        session=sessions.current(bench),
        dossiers=counts.dossiers,
        facts=counts.facts,
        waiting=counts.waiting,
        held=counts.held,
        needs_you=counts.conflicts,
        numbers_left=reading.numbers_left(bench.store, bench.today()),
        last_contact=datetime.fromisoformat(contact) if contact else None,
        clock_offset_s=int(offset) if offset else None,
        disk_free=shutil.disk_usage(bench.store.folder).free,
        catalogue=bench.catalogue.version,
        enrolled=meta("url") is not None,
        practice=bench.store.slots.practice,
        dossiers_waiting=counts.dossiers_waiting,
        files_waiting=counts.files_waiting,
    )


def status_json(found: Status) -> dict[str, Any]:
    """``status --json``."""
    return {
        "device": found.device,
        "origin": found.origin,
        "session": session_json(found.session) if found.session else None,
        "dossiers": found.dossiers,
        "facts": found.facts,
        "waiting": found.waiting,
        "held": found.held,
        "needs_you": found.needs_you,
        "numbers_left": found.numbers_left,
        "last_contact": iso(found.last_contact),
        "clock_offset_s": found.clock_offset_s,
        "disk_free": found.disk_free,
        "catalogue": found.catalogue,
        "enrolled": found.enrolled,
        "practice": found.practice,
        "dossiers_waiting": found.dossiers_waiting,
        "files_waiting": found.files_waiting,
    }


def session_json(session: HamletSession) -> dict[str, Any]:
    """A session, as every command gives it."""
    return {
        "id": session.id,
        "hamlet": session.hamlet,
        "kind": session.kind,
        "day": session.day.isoformat(),
        "opened_at": iso(session.opened_at),
        "closed_at": iso(session.closed_at),
        "open": session.closed_at is None,
        "dossiers": session.dossiers,
        "citizens": session.citizens,
        "fees": session.fees,
        "cash": session.cash,
        "known_hamlet": session.known_hamlet,
        "planned": session.planned,
        "joined_to": session.joined_to,
        "warnings": list(session.warnings),
    }


def verify(bench: Bench) -> Verification:
    """The whole store checked; every problem with its place."""
    facts, findings = checking.check(bench.store)
    said = {
        "file": text("Tệp dữ liệu hỏng"),
        "chain": text("Chuỗi sự kiện bị đứt"),
        "head": text("Đầu chuỗi không khớp"),
        "dossier": text("Bảng hồ sơ khác nhật ký"),
        "session": text("Bảng phiên khác nhật ký"),
        "result": text("Bảng kết quả khác nhật ký"),
        "figure": text("Bảng số liệu phiên khác nhật ký"),
        "search": text("Bảng tìm kiếm khác nhật ký"),
        "attachment": text("Tệp đính kèm thiếu hoặc hỏng, hãy quét lại"),
    }
    return Verification(facts, tuple(f"{said[each.kind]}: {each.place} ({each.detail})" for each in findings))
