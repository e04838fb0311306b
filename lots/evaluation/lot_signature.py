"""Signature of a decision on a lot: its text is the lot as the page showed it."""

from lots.evaluation import signed_text
from lots.evidence import signatures


def sign(act, step, *, lot, confirmation, shown, statements=(), places=None):
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
        statements={"reason": act.reason, **dict(statements)},
        lot=lot,
        places=places,
    )
