"""Whether a receipt is genuine: what its QR says, checked without a network."""

from __future__ import annotations

from mobile_reception.desk.bench import Bench
from mobile_reception.dossier import receipt_code
from mobile_reception.dossier.receipt_code import Checked
from mobile_reception.sync.protocol import Unreadable, check_certificate


def check(bench: Bench, scanned: str) -> Checked:
    """What the text of a receipt's QR is worth to a laptop of this centre. Never raises for what it says."""
    centre_key = bytes.fromhex(bench.store.meta("centre_key") or "")
    settings = bench.card("settings") or {}

    def device(certificate: bytes) -> tuple[str, bytes] | None:
        try:
            known = check_certificate(certificate, centre_key)
        except (Unreadable, ValueError):
            return None
        return known.device, known.public_key

    revoked = frozenset(str(each) for each in settings.get("revoked", ()))
    return receipt_code.check(scanned.strip(), check_certificate=device, revoked=revoked)
