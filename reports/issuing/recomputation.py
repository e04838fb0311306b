"""Recomputation: whether the records still give what the release was signed for."""

from dataclasses import dataclass

from lots.evaluation import signed_text
from lots.evidence import signatures
from lots.rules import chain
from lots.rules.formats import UnknownFormat
from lots.rules.refusal import Refusal
from reports.issuing.remedies import Blocker

# What a result found since the release, or a minimum approved since, holds against it.
_CLOSING = (
    "elsewhere",
    "earlier-version",
    "minimum-fails",
    "minimum-undecided",
    "minimum-missing",
)
# The format of a signed release from which on it says the result as it is printed now.
_AS_PRINTED = 8


def of_release(evaluated, assessment):
    """Recompute the rules and compare with what the release was signed over.

    Never the consistency checks, nothing of the clock (architecture.md 6.4). A
    difference is refused with both verdicts named.
    """
    lot, signature = assessment.lot, assessment.signature
    if chain.digest(signature.text) != signature.digest:
        yield Blocker(
            Refusal(
                "signature",
                "The text that %(name)s signed at the release of lot %(lot)s does not"
                " match its checksum, so the record was altered. Do not issue the"
                " certificate, and tell the administrator.",
                name=signature.printed_name,
                lot=lot.number,
            ),
            "lots:lot_detail",
            lot.pk,
        )
        return
    try:
        signed = signed_verdicts(signature.text)
    except UnknownFormat as refusal:
        yield Blocker(refusal, "lots:lot_detail", lot.pk)
        return
    for blocker in evaluated.assessment(assessment.pk).blockers:
        # Found since the release: no certificate hides an OOS result that is valid
        # (domain.md 1.3; FDA OOS guidance 2022). An open investigation says it itself.
        if blocker.code in _CLOSING and not evaluated.open_investigations:
            yield Blocker(blocker, "lots:lot_detail", lot.pk)
    now = {
        (line.criterion.pk, line.test.name, attempt.result.pk): (
            _said(
                verdict.outcome,
                verdict.rounded,
                verdict.shown,
                as_printed=signed.is_as_printed,
            )
            if attempt.is_valid
            else attempt.stage
        )
        for line in evaluated.assessment(assessment.pk).lines
        for attempt, verdict in line.verdicts
    }
    for key in sorted(signed.verdicts.keys() | now.keys()):
        before = signed.verdicts.get(key, "no result")
        today = now.get(key, "no result")
        if before != today:
            yield Blocker(
                Refusal(
                    "recomputed",
                    "%(test)s: lot %(lot)s was released with %(before)s, but its"
                    " records give %(today)s today. Find out why, or reopen the lot"
                    " and release it again.",
                    test=key[1],
                    lot=lot.number,
                    before=before,
                    today=today,
                ),
                "lots:lot_detail",
                lot.pk,
            )


@dataclass(frozen=True)
class Signed:
    """The verdicts of a signed release, by criterion, test and result.

    `is_as_printed` says that it was signed with each result as it is printed today.
    """

    is_as_printed: bool
    verdicts: dict


def signed_verdicts(text):
    """Return what a signed release says of each result (Signed).

    Raises UnknownFormat where a later version of the program signed it.
    """
    record = signatures.read(text, signed_text.ASSESSMENT).record
    is_as_printed = int(record["format"]) >= _AS_PRINTED
    return Signed(
        is_as_printed,
        {
            (int(line["criterion"]), line["test"], int(attempt["result"])): (
                _said(
                    attempt["verdict"],
                    attempt["rounded"],
                    attempt["printed"],
                    as_printed=is_as_printed,
                )
                if attempt["standing"]
                else attempt["stage"]
            )
            for line in record["lines"]
            for attempt in line["attempts"]
        },
    )


def _said(verdict, rounded, printed, *, as_printed):
    """Return a verdict with its value: as printed, where the text says that of today.

    Before format 8 a number is compared by what was evaluated, and printed as today.
    """
    shown = printed if as_printed or not rounded else rounded
    return f"{verdict} ({shown})"
