"""Printed identity at issue: what was signed, what is approved today, and the choice.

A certificate prints the texts that its release was signed over. Where others are
approved since, QA chooses at issue, both texts shown (architecture.md 6.4;
docs/decisions/0027).
"""

import re
from dataclasses import dataclass

from lots.evaluation import signed_text
from lots.evidence import signatures
from lots.rules.refusal import Refusal
from lots.setup import printed_identity
from reports.issuing.remedies import Blocker
from reports.models import Identity

# What a choice of the text to print is the way on from.
CHOICES = ("identity-unsigned", "identity-changed")
_PARTS = ("manufacturer", "material", "statements", "laboratories")


@dataclass(frozen=True)
class Printed:
    """The printed identity of a released assessment: as signed, and as it is today.

    `signed` is None where the release was signed before its text named what is
    printed; `unapproved` is why today's cannot be printed, None where it can.
    """

    signed: dict | None
    today: dict
    unapproved: Refusal | None

    @property
    def is_to_choose(self):
        """Return whether there is another text than the one that was signed."""
        return not self.unapproved and self.signed != self.today

    def chosen(self, asked):
        """Return the texts that a certificate prints with this choice."""
        if self.signed is None or asked.identity == Identity.TODAY:
            return self.today
        return self.signed


def of_release(evaluated, assessment):
    """Return the printed identity of a released assessment."""
    laboratories = signed_text.laboratories(evaluated, assessment.pk)
    read = signatures.read(assessment.signature.text, signed_text.ASSESSMENT)
    signed = read.record["printed"]
    return Printed(
        signed=signed if signed["manufacturer"] else None,
        today=printed_identity.of_assessment(evaluated.lot, laboratories),
        unapproved=printed_identity.against(evaluated.lot, laboratories),
    )


def is_of_it(path):
    """Return whether a path of a content is of its printed identity."""
    return re.split(r"[.\[]", path)[0] in _PARTS and path != "material.grade"


def faults(printed, proposal, changes):
    """Yield what blocks a certificate by its printed identity.

    `changes` are the differences of the certificate with today's texts to one with
    those that were signed.
    """
    asked, lot = proposal.asked, proposal.assessment.lot
    is_needed = printed.signed is None or asked.identity == Identity.TODAY
    if printed.unapproved and is_needed:
        yield Blocker(printed.unapproved, "lots:printed_identity")
    elif printed.signed is None and asked.identity != Identity.TODAY:
        yield _choice(
            proposal,
            Refusal(
                "identity-unsigned",
                "The release of lot %(lot)s was signed before its text named what"
                " certificates print of manufacturer, material and statements. Check"
                " the texts below, and choose “As approved today” under “Printed"
                " identity”.",
                field="identity",
                lot=lot.number,
            ),
        )
    elif changes and not asked.identity:
        yield _choice(
            proposal,
            Refusal(
                "identity-changed",
                "What certificates print was changed and approved since the release of"
                " lot %(lot)s: %(changes)s. Choose under “Printed identity” which text"
                " this certificate prints.",
                field="identity",
                lot=lot.number,
                changes="; ".join(
                    f"{one.where} “{one.before}” → “{one.after}”" for one in changes
                ),
            ),
        )


def _choice(proposal, refusal):
    if proposal.revises or proposal.duplicates:
        named = proposal.revises or proposal.duplicates
        return Blocker(refusal, "reports:certificate_detail", named.pk)
    return Blocker(refusal, "reports:issue", proposal.assessment.pk)
