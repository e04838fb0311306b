"""Certificate headers: the issuer as certificates print it, in approved versions."""

from lots.accounts import permissions
from lots.evidence import audit, storable
from lots.models import (
    Approval,
    Letterhead,
)
from lots.rules import chain
from lots.rules.refusal import Refusal, Word
from lots.rules.step_table import STEPS
from lots.setup import approval


def draft_letterhead(*, by, at, name, address, telephone, email=""):
    """Draft the next version of the issuer as certificates print it."""
    with audit.act(by=by, at=at, action="draft_letterhead") as act:
        permissions.check(act, STEPS["draft"], subject="the letterhead")
        storable.once(
            Letterhead.objects.filter(state=Approval.DRAFT),
            sentence="There is a draft of the letterhead already;"
            " approve or withdraw it first.",
            field="",
        )
        latest = Letterhead.objects.order_by("-version").first()
        return act.create(
            storable.sound(
                Letterhead(
                    version=latest.version + 1 if latest else 1,
                    name=name,
                    address=address,
                    telephone=telephone,
                    email=email,
                    drafted_by=act.by,
                    drafted_at=at,
                )
            )
        )


def approve_letterhead(*, letterhead, by, at, confirmation, shown):
    """Sign the drafted letterhead; it supersedes the one before."""
    with audit.act(by=by, at=at, action="approve_letterhead") as act:
        before = Letterhead.objects.select_for_update().filter(state=Approval.APPROVED)
        for earlier in before:
            act.change(earlier, state=Approval.SUPERSEDED)
        return approval.approve(
            act,
            letterhead,
            subject=f"letterhead version {letterhead.version}",
            confirmation=confirmation,
            shown=shown,
            text=letterhead_text,
            wording="Letterhead approved",
        )


def withdraw_letterhead(*, letterhead, by, at, reason):
    """Withdraw a letterhead that is still a draft."""
    with audit.act(by=by, at=at, action="withdraw_letterhead", reason=reason) as act:
        permissions.check(act, STEPS["draft"], subject="the letterhead")
        storable.reason_given(reason)
        letterhead = act.lock(letterhead)
        if letterhead.state != Approval.DRAFT:
            raise Refusal(
                "not-a-draft",
                "Letterhead version %(version)s is %(state)s; only a draft can be"
                " withdrawn.",
                version=letterhead.version,
                state=Word(letterhead.state),
            )
        return act.change(letterhead, state=Approval.WITHDRAWN)


def letterhead_text(letterhead):
    """Return the canonical text that an approval of the letterhead signs."""
    return chain.canonical(
        {
            "format": 1,
            "letterhead": {
                "version": letterhead.version,
                "name": letterhead.name,
                "address": letterhead.address,
                "telephone": letterhead.telephone,
                "email": letterhead.email,
            },
        }
    )
