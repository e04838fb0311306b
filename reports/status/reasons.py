"""Reasons: why a certificate is under review, with the page and the next step.

For people who are signed in; the public page says only that it is under review.
"""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_noop

from lots.models import AssessmentState, Conclusion, LotState
from lots.origin import later_investigations, questions
from lots.origin.questions import Cause

ON_HOLD = gettext_noop(
    "Lot %(name)s is on hold (%(reason)s). QA ends the hold, or reopens or recalls the"
    " lot."
)
REOPENED = gettext_noop(
    "Lot %(name)s was reopened. QA releases it again and revises the certificate, or"
    " withdraws the certificate."
)
OPEN = gettext_noop(
    "Investigation %(name)s on the lot is open. QA concludes it. If the lot must not"
    " be used until then, QA puts it on hold."
)
STANDS = gettext_noop(
    "Investigation %(name)s was concluded after the release, and its result stays"
    " valid. QA recalls the lot, or withdraws the certificate. Or QA reopens the lot,"
    " releases it again with the reason why the cause does not affect it, and revises"
    " the certificate."
)
INVALID = gettext_noop(
    "Investigation %(name)s invalidated a result on which the release rests. QA"
    " reopens the lot, has it tested again, releases it again and revises the"
    " certificate. Or QA withdraws the certificate, or recalls the lot."
)

BELOW_MINIMUM = gettext_noop(
    "A valid result of lot %(name)s fails the minimum specification for the released"
    " use. QA recalls the lot, or reopens it, or withdraws the certificate."
)


CLEARABLE = gettext_noop(
    "%(why)s QA signs that lot %(lot)s is not affected, or recalls it, or withdraws the"
    " certificate."
)
OF_PARENT = gettext_noop(
    "%(why)s QA recalls lot %(lot)s, or withdraws the certificate."
)


@dataclass(frozen=True)
class Reason:
    """An English sentence with the values of its places, and the page it speaks of."""

    sentence: str
    params: dict
    url: str

    @property
    def name(self):
        return self.params["name"]


def why(certificates):
    """Return why these certificates of one lot, all of them under review, are.

    In four queries at most, and in none where there are no certificates.
    """
    certificates = list(certificates)
    if not certificates:
        return ()
    lot = certificates[0].lot
    released = {
        each.assessment_id
        for each in certificates
        if each.assessment.state == AssessmentState.RELEASED
    }
    found = []
    if lot.state == LotState.ON_HOLD:
        found.append(_of_lot(ON_HOLD, lot, reason=lot.state_reason))
    if any(each.assessment_id not in released for each in certificates):
        found.append(_of_lot(REOPENED, lot))
    if any(
        f" {each.assessment.use} " in lot.status.minimum_failed
        for each in certificates
        if each.assessment_id in released
    ):
        found.append(_of_lot(BELOW_MINIMUM, lot))
    if released:
        cases = later_investigations.investigations(lot, pk__in=released)
        found += map(_of_case, cases.order_by("pk"))
        used = {
            each.assessment.use
            for each in certificates
            if each.assessment_id in released
        }
        found += [
            _of_question(lot, one)
            for one in questions.of_lot(lot)
            if any(map(one.touches, used))
        ]
    return tuple(found)


def _of_question(lot, question):
    page = "qualification" if question.cause == Cause.QUALIFICATION else "lot"
    source = question.source
    key = source.lot_id if question.cause == Cause.PERIODIC else source.pk
    return Reason(
        CLEARABLE if question.cause.is_clearable else OF_PARENT,
        {"name": question.name, "lot": lot.number, "why": question.why},
        reverse(f"lots:{page}_detail", args=[key]),
    )


def _of_lot(words, lot, **params):
    return Reason(
        words,
        {"name": lot.number, **params},
        reverse("lots:lot_detail", args=[lot.pk]),
    )


def _of_case(case):
    words = OPEN
    if case.closed_at:
        words = INVALID if case.conclusion == Conclusion.PROVEN else STANDS
    return Reason(
        words,
        {"name": case.number},
        reverse("lots:investigation_detail", args=[case.pk]),
    )
