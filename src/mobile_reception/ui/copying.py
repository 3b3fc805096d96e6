"""One key for what was said before: the address of the last dossier, or of the one who files this one."""

from __future__ import annotations

from mobile_reception.ui.fields import put, typed
from mobile_reception.ui.form_parts import PERSON
from mobile_reception.ui.reception_form import ReceptionForm

_POST = ("recipient", "address", "phone")


def copy_here(form: ReceptionForm, last_address: str) -> None:
    """Fill in where the focus is: the submitter's address from ``last_address``, all else from the submitter.

    For a result by post that is the receiver, the address and the telephone, as far as nothing stands there.
    Nothing happens where there is nothing to copy.
    """
    named, here = form.named, form.focusWidget()
    if any(named[f"delivery.{name}"] is here for name in _POST):
        for name, said in zip(_POST, ("full_name", "address", "phone"), strict=True):
            if not typed(named[f"delivery.{name}"]).strip():
                put(named[f"delivery.{name}"], typed(named[f"submitter.{said}"]))
        form.step(named["delivery.phone"])
        return
    whose = {id(named[f"{who}.{name}"]): who for who in ("owner", "beneficiary") for name in PERSON}
    who = whose.get(id(here), "submitter")
    given = last_address if who == "submitter" else typed(named["submitter.address"])
    if given.strip():
        put(named[f"{who}.address"], given)
        form.step(named[f"{who}.address"])
