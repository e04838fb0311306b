"""Certificate status: what a certificate is worth today. Computed, never stored."""

from dataclasses import dataclass

from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    Value,
)
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from lots import calendar
from lots.models import AssessmentState, DateKind, LotState, LotStatus
from lots.origin import later_investigations, questions
from lots.rules.stored_codes import Coded, Tone
from reports.models import Certificate, State


class CertificateStatus(Coded):
    """What a certificate is worth, in a word, and what that asks of a holder."""

    sentence: str
    tone: Tone

    def __init__(self, _code, _word, sentence, tone):
        self.sentence = sentence
        self.tone = tone

    BEING_MADE = (
        "being_made",
        _("Issuing"),
        _("This certificate has its number, but no file yet; QA completes the issue."),
        Tone.MISSING,
    )
    CURRENT = (
        "current",
        _("Current"),
        _("This certificate is current."),
        Tone.PASS,
    )
    SUPERSEDED = (
        "superseded",
        _("Superseded"),
        _(
            "This certificate was superseded by %(number)s revision %(revision)s;"
            " ask the issuer for it."
        ),
        Tone.UNDECIDED,
    )
    WITHDRAWN = (
        "withdrawn",
        _("Withdrawn"),
        _("This certificate was withdrawn; do not use it and ask the issuer."),
        Tone.OOS,
    )
    UNDER_REVIEW = (
        "under_review",
        _("Under review"),
        _("This certificate is under review; do not use the lot and ask the issuer."),
        Tone.ALERT,
    )
    PAST_RETEST = (
        "past_retest",
        _("Past its retest date"),
        _(
            "The lot of this certificate is past its retest date: retest it before"
            " use, or ask the issuer."
        ),
        Tone.ALERT,
    )
    PAST_USE_BY = (
        "past_use_by",
        _("Past its use-by date"),
        _("The lot of this certificate is past its use-by date: do not use it."),
        Tone.OOS,
    )
    EXPIRED = (
        "expired",
        _("Expired"),
        _("The lot of this certificate has expired: do not use it."),
        Tone.OOS,
    )
    REJECTED = (
        "rejected",
        _("Lot rejected"),
        _(
            "The lot of this certificate was rejected; do not use it and ask the"
            " issuer."
        ),
        Tone.OOS,
    )
    RECALLED = (
        "recalled",
        _("Lot recalled"),
        _(
            "The lot of this certificate was recalled; do not use it and ask the"
            " issuer."
        ),
        Tone.OOS,
    )
    # Of a certificate that nothing can be said of; no page says current of it
    # (`reports.status.verification`). It cannot be asked for: only reading the content
    # tells.
    ALTERED = "altered", _("Record altered"), "", Tone.OOS


# What the calendar makes of one that was current.
PAST = (
    CertificateStatus.PAST_RETEST,
    CertificateStatus.PAST_USE_BY,
    CertificateStatus.EXPIRED,
)
_OF_LOT = {
    LotState.RECALLED: CertificateStatus.RECALLED,
    LotState.REJECTED: CertificateStatus.REJECTED,
    # A released lot cannot be voided; should one ever be, nothing vouches for it.
    LotState.VOID: CertificateStatus.WITHDRAWN,
}


@dataclass(frozen=True)
class Status:
    """A code, and an English sentence with the values of its places."""

    code: CertificateStatus
    sentence: str
    params: dict
    successor: Certificate | None = None

    @property
    def word(self):
        return self.code.word

    @property
    def is_current(self):
        return self.code == CertificateStatus.CURRENT

    def __str__(self):
        return self.sentence % self.params


def in_question():
    """Return the condition that the release that is certified is in question.

    By an investigation; by a valid result that fails the minimum specification of the
    use, which may have been approved since (docs/decisions/0023); or by what happened
    outside the lot (`lots.origin.questions`).
    """
    return _elsewhere() | Q(_by_an_investigation())


def _by_an_investigation():
    return Exists(
        later_investigations.investigations(
            OuterRef("lot"), pk=OuterRef(OuterRef("assessment"))
        )
    )


def _elsewhere():
    """Return what questions a release though no entry of the trail names its lot.

    A minimum specification that was approved since is among it.
    """
    return questions.in_question() | Q(
        Exists(
            LotStatus.objects.filter(
                lot=OuterRef("lot"),
                failing_uses__gt="",
                minimum_failed__contains=Concat(
                    Value(" "), OuterRef("assessment__use"), Value(" ")
                ),
            )
        ),
        lot__in=LotStatus.objects.filter(failing_uses__gt="").values("lot"),
    )


def asked(certificates):
    """Return the certificates with all that `code` asks of them."""
    return certificates.select_related("lot", "assessment__test_order").annotate(
        in_question=ExpressionWrapper(in_question(), output_field=BooleanField())
    )


def code(certificate):
    """Return the status of the day, without a query if the certificate was `asked`.

    The gravest first: what happened to the lot, then to the certificate, then what
    is only being looked into (domain.md 7: on hold or reopened is under review; so is
    what is found since the release questions), last the calendar.
    """
    if certificate.state == State.BEING_MADE:
        return CertificateStatus.BEING_MADE
    if certificate.lot.state in _OF_LOT:
        return _OF_LOT[certificate.lot.state]
    if certificate.state == State.WITHDRAWN:
        return CertificateStatus.WITHDRAWN
    if certificate.state == State.SUPERSEDED:
        return CertificateStatus.SUPERSEDED
    if (
        certificate.lot.state != LotState.QUARANTINE
        or certificate.assessment.state != AssessmentState.RELEASED
        or _in_question(certificate)
    ):
        return CertificateStatus.UNDER_REVIEW
    return _by_the_day(certificate)


def _by_the_day(certificate):
    """Return what the calendar makes of it; the printed day itself is still good."""
    last_day, past = end(
        use_by=certificate.assessment.test_order.use_by,
        date_on=certificate.lot.date_on,
        date_kind=certificate.lot.date_kind,
    )
    is_past = last_day < calendar.today(timezone.now())
    return past if is_past else CertificateStatus.CURRENT


def end(*, use_by, date_on, date_kind):
    """Return the last day of a certificate's lot, and what the certificate is after."""
    if use_by:
        return use_by, CertificateStatus.PAST_USE_BY
    if date_kind == DateKind.EXPIRY:
        return date_on, CertificateStatus.EXPIRED
    return date_on, CertificateStatus.PAST_RETEST


# The columns from which `end` tells when.
ENDS = {
    "use_by": "assessment__test_order__use_by",
    "date_on": "lot__date_on",
    "date_kind": "lot__date_kind",
}


def issued():
    """Return the certificates that are current, but for review and the calendar.

    `is_reviewed` says of each whether what happened to its own lot has it under
    review: a hold, a reopening, an investigation. Every change of that names the lot
    in the audit trail, so that counts of it can be remembered.
    """
    return (
        Certificate.objects.issued()
        .exclude(lot__state__in=list(_OF_LOT))
        .annotate(
            is_reviewed=ExpressionWrapper(
                ~Q(lot__state=LotState.QUARANTINE)
                | ~Q(assessment__state=AssessmentState.RELEASED)
                | Q(_by_an_investigation()),
                output_field=BooleanField(),
            )
        )
    )


def reviewed_elsewhere():
    """Return those of `issued` that only something else than their lot has reviewed.

    Read from the few lots in question to their certificates.
    """
    lots = LotStatus.objects.filter(questions.released_in_question()).values("lot")
    failing = LotStatus.objects.filter(failing_uses__gt="").values("lot")
    return issued().filter(_elsewhere(), lot__in=lots.union(failing), is_reviewed=False)


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
        | in_question()
    )
    issued = Q(state=State.ISSUED) & ~gone
    today = calendar.today(timezone.now())
    by_retest = Q(assessment__test_order__use_by__isnull=False)
    past_use_by = Q(assessment__test_order__use_by__lt=today)
    past_date = ~by_retest & Q(lot__date_on__lt=today)
    expires = Q(lot__date_kind=DateKind.EXPIRY)
    return {
        CertificateStatus.BEING_MADE: ~in_hand,
        CertificateStatus.RECALLED: in_hand & Q(lot__state=LotState.RECALLED),
        CertificateStatus.REJECTED: in_hand & Q(lot__state=LotState.REJECTED),
        CertificateStatus.WITHDRAWN: in_hand & Q(lot__state=LotState.VOID)
        | Q(state=State.WITHDRAWN) & ~gone,
        CertificateStatus.SUPERSEDED: Q(state=State.SUPERSEDED) & ~gone,
        CertificateStatus.UNDER_REVIEW: issued & reviewed,
        CertificateStatus.PAST_USE_BY: issued & ~reviewed & past_use_by,
        CertificateStatus.EXPIRED: issued & ~reviewed & past_date & expires,
        CertificateStatus.PAST_RETEST: issued & ~reviewed & past_date & ~expires,
        CertificateStatus.CURRENT: issued
        & ~reviewed
        & ~(by_retest & past_use_by | past_date),
    }[CertificateStatus.of(wanted)]


def status(certificate):
    """Return the status of the day, with the revision that took over, if one did."""
    found = code(certificate)
    successor, params = None, {}
    if found == CertificateStatus.SUPERSEDED:
        successor = successor_of(certificate)
        params = {"number": successor.number, "revision": successor.revision}
    return Status(found, found.sentence, params, successor)


def successor_of(certificate):
    """Return the newest printed revision of the same number."""
    return (
        Certificate.objects.light()
        .printed()
        .filter(number=certificate.number, revision__gt=certificate.revision)
        .order_by("-revision")
        .first()
    )
