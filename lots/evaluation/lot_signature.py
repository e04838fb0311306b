"""Signature of a decision on a lot: its text is the lot as the page showed it."""

from lots.evaluation import signed_text
from lots.evidence import audit, signatures
from lots.models import Lot, Signature
from lots.rules.step_table import Step


def sign(
    act: audit.Act,
    step: Step,
    *,
    lot: Lot,
    confirmation: signatures.Confirmation,
    shown: str,
    statements: dict[str, object] | None = None,
    places: dict[str, object] | None = None,
) -> Signature:
    """Sign the lot with the reason of the act; return the signature.

    `statements` are signed beside the reason, `places` fill the wording of the step.
    Raises NotConfirmed as `signatures.sign` does.
    """
    return signatures.sign_step(
        act,
        step,
        confirmation=confirmation,
        shown=shown,
        text=signed_text.lot_text(lot),
        statements={"reason": act.reason, **(statements or {})},
        lot=lot,
        places=places,
    )
