"""Statements: what a signature or an issue says beside its decision.

Each is a box that the person ticks, at a time when it can be true: nobody has stated
what stood on a page anyway (21 CFR 11.50(a)(3): a signature says what it means). Of a
step that is not here, the decision and what is typed say everything. Standard library
only.
"""

from collections.abc import Collection

from lots.rules.refusal import Refusal, Refusals, Word
from lots.rules.stored_codes import Coded
from lots.rules.stored_codes import gettext_noop as _


class NotStated(Refusals):
    """A statement that the step makes was not ticked."""


class Statement(Coded):
    """What a person states; stored as code, with its words in English."""

    # 21 CFR 211.194(a)(8); ICH Q7 6.60: a second person reviews the original records.
    COMPARED = (
        "compared_with_raw_data",
        _("I compared each of these results with its raw data."),
    )
    CORRECT = (
        "complete_and_correct",
        _("The results are complete and correct."),
    )
    BOTH_COMPARED = (
        "both_values_compared",
        _("I compared both values with the raw data."),
    )
    # 21 CFR 211.192; ICH Q7 2.22 and 6.71: QA reviews the batch record before release.
    BATCH_RECORD = (
        "batch_record_read",
        _("I reviewed the batch record that I name."),
    )
    # ICH Q7 6.72: deviations, investigations and OOS are reviewed before release.
    CLOSED = (
        "deviations_closed",
        _("The deviations and investigations of the lot are closed."),
    )
    # FDA, Data Integrity and Compliance With Drug CGMP, 2018, questions 7 and 8: the
    # audit trail is reviewed before the record is approved.
    EXCEPTIONS = (
        "trail_exceptions_reviewed",
        _("I reviewed the exceptions of the audit trail of this lot."),
    )
    # ICH Q7 9.45: containers are examined for the correct label.
    LABEL = (
        "label_and_certificate_agree",
        _("Label and certificate agree: I compared them."),
    )


# By the code of the step, in the order of the page.
OF_STEPS: dict[str, tuple[Statement, ...]] = {
    "review": (Statement.COMPARED, Statement.CORRECT),
    "confirm_correction": (Statement.BOTH_COMPARED,),
    "release": (
        Statement.BATCH_RECORD,
        Statement.CLOSED,
        Statement.EXCEPTIONS,
    ),
    "issue": (Statement.LABEL,),
    "revise": (Statement.LABEL,),
    "duplicate": (Statement.LABEL,),
}


def of(step: str) -> tuple[Statement, ...]:
    """Return what the step of this code states."""
    return OF_STEPS.get(step, ())


def field(statement: str) -> str:
    """Return the name of the statement's box."""
    return f"stated_{statement}"


def against(step: str, stated: Collection[str]) -> list[Refusal]:
    """Return a refusal for each statement of the step that was not ticked."""
    return [
        Refusal(
            "not-stated",
            "%(statement)s This is not ticked, so nothing was stored; tick it if it is"
            " so.",
            field=field(statement),
            statement=Word(statement.word),
        )
        for statement in of(step)
        if statement not in stated
    ]


def told(step: str, stated: Collection[str]) -> dict[str, str]:
    """Return what was stated, by its code, in the words of the record.

    Raises NotStated with each statement of the step that was not ticked.
    """
    missing = against(step, stated)
    if missing:
        raise NotStated(missing)
    return {str(statement): statement.word for statement in of(step)}
