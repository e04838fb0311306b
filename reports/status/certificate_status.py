"""What a certificate is worth today: computed from records, stored nowhere.

Imports the models and `lots.since_release`; issuing, tables, views and commands import
it.
"""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_noop

from lots.models import AssessmentState, LotState
from lots.release import later_investigations
from reports.models import Certificate, State

BEING_MADE = "being_made"
CURRENT = "current"
SUPERSEDED = "superseded"
WITHDRAWN = "withdrawn"
UNDER_REVIEW = "under_review"
REJECTED = "rejected"
RECALLED = "recalled"
# Of a certificate that nothing can be said of; no page says current of it
# (`reports.verifying`). It cannot be asked for: only reading the content tells.
ALTERED = "altered"

# The status in words, and what it asks of a holder (experience.md 1.11).
WORDS = {
    BEING_MADE: gettext_noop("Issuing"),
    CURRENT: gettext_noop("Current"),
    SUPERSEDED: gettext_noop("Superseded"),
    WITHDRAWN: gettext_noop("Withdrawn"),
    UNDER_REVIEW: gettext_noop("Under review"),
    REJECTED: gettext_noop("Lot rejected"),
    RECALLED: gettext_noop("Lot recalled"),
    ALTERED: gettext_noop("Record altered"),
}
_SENTENCES = {
    BEING_MADE: gettext_noop(
        "This certificate has its number, but no file yet; QA completes the issue."
    ),
    CURRENT: gettext_noop("This certificate is current."),
    SUPERSEDED: gettext_noop(
        "This certificate was superseded by %(number)s revision %(revision)s;"
        " ask the issuer for it."
    ),
    WITHDRAWN: gettext_noop(
        "This certificate was withdrawn; do not use it and ask the issuer."
    ),
    UNDER_REVIEW: gettext_noop(
        "This certificate is under review; do not use the lot and ask the issuer."
    ),
    REJECTED: gettext_noop(
        "The lot of this certificate was rejected; do not use it and ask the issuer."
    ),
    RECALLED: gettext_noop(
        "The lot of this certificate was recalled; do not use it and ask the issuer."
    ),
}
_OF_LOT = {
    LotState.RECALLED: RECALLED,
    LotState.REJECTED: REJECTED,
    # A released lot cannot be voided; should one ever be, nothing vouches for it.
    LotState.VOID: WITHDRAWN,
}


@dataclass(frozen=True)
class Status:
    """A code, and an English sentence with the values of its places."""

    code: str
    sentence: str
    params: dict
    successor: Certificate | None = None

    @property
    def word(self):
        return WORDS[self.code]

    @property
    def is_current(self):
        return self.code == CURRENT

    def __str__(self):
        return self.sentence % self.params


def in_question():
    """Return whether an investigation questions the release that is certified."""
    return Exists(
        later_investigations.investigations(
            OuterRef("lot"), pk=OuterRef(OuterRef("assessment"))
        )
    )


def asked(certificates):
    """Return the certificates with all that `code` asks of them."""
    return certificates.select_related("lot", "assessment").annotate(
        in_question=in_question()
    )


def code(certificate):
    """Return the status of the day, without a query if the certificate was `asked`.

    The gravest first: what happened to the lot, then to the certificate, then what
    is only being looked into (domain.md 7: on hold or reopened is under review; so is
    what a result found since the release questions).
    """
    if certificate.state == State.BEING_MADE:
        return BEING_MADE
    if certificate.lot.state in _OF_LOT:
        return _OF_LOT[certificate.lot.state]
    if certificate.state == State.WITHDRAWN:
        return WITHDRAWN
    if certificate.state == State.SUPERSEDED:
        return SUPERSEDED
    if (
        certificate.lot.state != LotState.QUARANTINE
        or certificate.assessment.state != AssessmentState.RELEASED
        or _in_question(certificate)
    ):
        return UNDER_REVIEW
    return CURRENT


def _in_question(certificate):
    known = getattr(certificate, "in_question", None)
    if known is None:
        return Certificate.objects.filter(in_question(), pk=certificate.pk).exists()
    return known


def where(wanted):
    """Return the condition on certificates that `code` answers with this code."""
    in_hand = ~Q(state=State.BEING_MADE)
    gone = Q(lot__state__in=list(_OF_LOT))
    reviewed = (
        ~Q(lot__state=LotState.QUARANTINE)
        | ~Q(assessment__state=AssessmentState.RELEASED)
        | Q(in_question())
    )
    issued = Q(state=State.ISSUED) & ~gone
    return {
        BEING_MADE: ~in_hand,
        RECALLED: in_hand & Q(lot__state=LotState.RECALLED),
        REJECTED: in_hand & Q(lot__state=LotState.REJECTED),
        WITHDRAWN: in_hand & Q(lot__state=LotState.VOID)
        | Q(state=State.WITHDRAWN) & ~gone,
        SUPERSEDED: Q(state=State.SUPERSEDED) & ~gone,
        UNDER_REVIEW: issued & reviewed,
        CURRENT: issued & ~reviewed,
    }[wanted]


def status(certificate):
    """Return the status of the day, with the revision that took over, if one did."""
    found = code(certificate)
    successor, params = None, {}
    if found == SUPERSEDED:
        successor = successor_of(certificate)
        params = {"number": successor.number, "revision": successor.revision}
    return Status(found, _SENTENCES[found], params, successor)


def successor_of(certificate):
    """Return the newest printed revision of the same number."""
    return (
        Certificate.objects.light()
        .printed()
        .filter(number=certificate.number, revision__gt=certificate.revision)
        .order_by("-revision")
        .first()
    )
