"""Certificates: issue, revise, duplicate, withdraw, complete an unfinished one.

A certificate gets its number and content in one transaction, is printed outside of any,
and is stored in another. Whoever comes next completes one that was interrupted, under
the same number (architecture.md 5). The only writer of certificates.
"""

import hashlib
import secrets
from collections import Counter

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef
from django.urls import reverse

from lots import calendar
from lots.accounts import permissions
from lots.evidence import audit, number_series
from lots.models import Assessment, AssessmentState, Installation, Lot, LotState
from lots.rules import chain, statements, step_table
from lots.rules.refusal import Refusal, Word
from lots.rules.step_table import STEPS
from lots.workflow import lot_status
from reports import pdf
from reports.composition import certificate_content
from reports.content import certificate as content_of
from reports.issuing import revision
from reports.issuing.preflight import digest_of_text, look, preflight
from reports.issuing.remedies import Blocker
from reports.issuing.request import NotIssuable, Proposal
from reports.issuing.revision import released_now
from reports.models import Asked, Certificate, Kind, Series, State
from reports.status import verification

__all__ = [
    "Blocker",
    "NotIssuable",
    "awaiting",
    "count",
    "duplicate",
    "finish_left_over",
    "issue",
    "last_numbers",
    "of_lots",
    "preflight",
    "preview",
    "revise",
    "withdraw",
]

REAL, TRAINING = "COA", "TRN"
# 144 bits, against 10^6 guesses a second for ever (assurance.md T-78).
TOKEN_BYTES = 18


def issue(*, assessment, by, at, shown="", stated=(), **asked):
    """Issue the original certificate of a released assessment and return it.

    What is asked for with it is that of `Asked`: customer, order, quantity shipped.
    `stated` are the codes of the statements that were ticked: label and certificate
    agree. Raises NotAllowed to anybody but QA and outside the states of the table,
    NotIssuable with everything that blocks it, NotStated with what is not ticked, and
    Refusal where the text is not the one `shown` (`preflight.digest_of_text`).
    """
    finish_left_over(by=by, at=at)
    with audit.act(by=by, at=at, action="issue") as act:
        made = _make(
            act,
            "issue",
            Proposal(
                assessment=_locked(act, assessment),
                at=at,
                asked=Asked.of(**asked),
                shown=shown,
            ),
            stated,
        )
    return _finish(made, by=by, at=at)


def revise(*, certificate, by, at, reason, shown="", stated=(), **asked):
    """Issue the next revision of a certificate, under its number, and return it.

    Takes the assessment that is released today: the same one, or after a reopening
    the one released since. Addressee, order and quantity stay as before where none
    is given. The earlier revision stays current until the new one has its file.
    Refused where it would print nothing else than the earlier one, or where what it
    changes is not what was `shown`, the digest of `preflight.digest_of`.
    """
    finish_left_over(by=by, at=at)
    with audit.act(by=by, at=at, action="revise", reason=reason) as act:
        _lock_lot(act, certificate.lot_id)
        certificate = act.lock(certificate)
        made = _make(
            act,
            "revise",
            revision.proposal(
                certificate=certificate,
                assessment=_locked(act, released_now(certificate)),
                at=at,
                reason=reason,
                shown=shown,
                **asked,
            ),
            stated,
        )
    return _finish(made, by=by, at=at)


def duplicate(*, certificate, by, at, shown="", stated=(), **asked):
    """Issue the certificate again to another customer, under an own number.

    Refused where it would print something else than the original, unless that was
    `shown`, the digest of `preflight.digest_of`.
    """
    finish_left_over(by=by, at=at)
    with audit.act(by=by, at=at, action="duplicate") as act:
        _lock_lot(act, certificate.lot_id)
        certificate = act.lock(certificate)
        made = _make(
            act,
            "duplicate",
            Proposal(
                assessment=_locked(act, certificate.assessment),
                at=at,
                asked=Asked.of(**asked),
                duplicates=certificate,
                shown=shown,
            ),
            stated,
        )
    return _finish(made, by=by, at=at)


def withdraw(*, certificate, by, at, reason):
    """Withdraw a certificate: its file stays as it is, its status says so for ever."""
    with audit.act(by=by, at=at, action="withdraw", reason=reason) as act:
        lot = _lock_lot(act, certificate.lot_id)
        certificate = act.lock(certificate)
        permissions.check(act, STEPS["withdraw"], lot=lot, subject=str(certificate))
        if certificate.state != State.ISSUED:
            raise Refusal(
                "not-current",
                "%(certificate)s is %(state)s, and only an issued certificate can be"
                " withdrawn. Open its current revision and withdraw that, if there is"
                " one.",
                certificate=str(certificate),
                state=Word(State.of(certificate.state).said),
            )
        act.change(certificate, state=State.WITHDRAWN, state_reason=reason.strip())
        count(lot)
    return certificate


def preview(*, assessment, at, **asked):
    """Return the file that would be issued, watermarked and without a number."""
    proposal = Proposal(
        assessment=assessment,
        at=at,
        asked=Asked.of(**asked),
    )
    found = look(proposal)
    if found.draft is None:
        raise NotIssuable(found.blockers)
    return pdf.render(found.draft, preview=True)


def finish_left_over(*, by, at):
    """Finish every certificate that was left being made, and return them.

    The lot may be on hold meanwhile: the number is given, and the status says so.
    Raises NotAllowed to anybody but QA.
    """
    left = list(Certificate.objects.defer("pdf").left_over())
    if left:
        step_table.check_role(
            STEPS["issue"],
            subject=str(left[0]),
            roles=frozenset(by.roles),
        )
    for certificate in left:
        _store(certificate, by=by, at=at)
    return left


def awaiting():
    """Return the released assessments of usable lots without a live certificate."""
    return (
        _uncertified()
        .filter(lot__state=LotState.QUARANTINE)
        .select_related("lot", "specification")
        .order_by("pk")
    )


def _uncertified():
    live = Certificate.objects.live().filter(assessment=OuterRef("pk"))
    return Assessment.objects.filter(~Exists(live), state=AssessmentState.RELEASED)


def _lock_lot(act, lot_id):
    return act.lock(Lot(pk=lot_id))


def _locked(act, assessment):
    """Return the assessment as it is now, its lot locked."""
    lot = _lock_lot(act, assessment.lot_id)
    assessment = Assessment.objects.select_related(
        "test_order", "specification", "signature", "alternative_use__signature"
    ).get(pk=assessment.pk)
    assessment.lot = assessment.test_order.lot = lot
    return assessment


def _check_shown(proposal, draft):
    """Refuse a text that is not the one with which the label was compared."""
    if proposal.shown and proposal.shown != digest_of_text(draft):
        raise Refusal(
            "not-as-shown",
            "Not issued: what the certificate of lot %(lot)s prints is not what the"
            " page showed you. Preview the PDF again, compare the label with it, and"
            " choose Issue the certificate again.",
            lot=proposal.assessment.lot.number,
        )


def _make(act, step, proposal, stated):
    """Freeze a certificate with its number, being made; no file yet."""
    assessment, lot = proposal.assessment, proposal.assessment.lot
    permissions.check(act, STEPS[step], lot=lot, assessment=assessment)
    # Who suspends a qualification now does so before or after, not meanwhile.
    act.take_turn()
    found = look(proposal)
    if found.blockers:
        raise NotIssuable(found.blockers)
    if proposal.kind == Kind.ORIGINAL:
        _check_shown(proposal, found.draft)
    ticked = statements.told(step, stated)
    if proposal.revises:
        numbered = {
            name: getattr(proposal.revises, name)
            for name in ("number", "series", "year", "ordinal")
        }
        # One that could not be printed has used its revision.
        numbered["revision"] = (
            1
            + Certificate.objects.filter(number=proposal.revises.number).aggregate(
                last=Max("revision")
            )["last"]
        )
    else:
        numbered = {**_next_number(act), "revision": 0}
    token = secrets.token_urlsafe(TOKEN_BYTES)
    content = certificate_content.numbered(
        found.draft,
        number=numbered["number"],
        revision=numbered["revision"],
        series=numbered["series"],
        address=check_address(token),
    )
    text = content_of.to_json(content)
    return act.create(
        Certificate(
            **numbered,
            kind=proposal.kind,
            state=State.BEING_MADE,
            assessment=assessment,
            lot=lot,
            **proposal.asked.by_name,
            duplicate_of=proposal.duplicates
            or (proposal.revises and proposal.revises.duplicate_of),
            supersedes=proposal.revises,
            reason=proposal.reason,
            certificate_header=found.certificate_header,
            content=text,
            digest=chain.digest(text),
            token=token,
            issued_by=act.by,
            issued_at=act.at,
            stated=ticked,
        )
    )


def _next_number(act):
    """Take the next number of the year; the series stays locked until the act ends."""
    training = Installation.objects.filter(is_training=True).exists()
    code = TRAINING if training else REAL
    year = calendar.today(act.at).year
    if not Series.objects.filter(code=code, year=year).exists():
        # Two may come to a new year at once; the second finds the first one's row.
        try:
            with transaction.atomic():
                act.create(Series(code=code, year=year))
        except IntegrityError:  # on PostgreSQL alone
            pass
    series = act.lock(Series.objects.get(code=code, year=year))
    floor = number_series.floor(str(series))
    act.change(series, last=max(series.last, floor) + 1)
    return {
        "number": f"{code}-{year}-{series.last:06d}",
        "series": code,
        "year": year,
        "ordinal": series.last,
    }


def last_numbers():
    """Return the highest number given of each year's series of certificates."""
    return {str(series): series.last for series in Series.objects.all()}


def check_address(token):
    """Return what the QR code of a certificate says."""
    path = reverse("reports:check_certificate", args=[token])
    return f"{settings.CHECK_URL_BASE.rstrip('/')}{path}"


def _finish(made, *, by, at):
    """Give a certificate its file and return it; raise what kept it from having one."""
    certificate, trouble = _store(made, by=by, at=at)
    if trouble is not None:
        raise trouble
    return certificate


def _store(made, *, by, at):
    """Print a certificate that is being made, outside of any lock, and store it.

    Two may print the same one at once: the same content gives the same bytes, and
    the first to store them wins. One that cannot be printed keeps its number and is
    withdrawn with the reason, which is returned beside it.
    """
    try:
        printed, trouble = pdf.render(verification.read_as_recorded(made)), None
    except Refusal as refusal:
        printed, trouble = b"", refusal
    with audit.act(by=by, at=at, action="store_certificate") as act:
        lot = _lock_lot(act, made.lot_id)
        certificate = act.lock(made)
        if certificate.state != State.BEING_MADE:
            return certificate, None
        if trouble is not None:
            act.change(
                certificate, state=State.WITHDRAWN, state_reason=str(trouble)[:400]
            )
            count(lot)
            return certificate, trouble
        if certificate.supersedes_id:
            earlier = act.lock(certificate.supersedes)
            # One withdrawn while its revision was printed stays withdrawn for ever.
            if earlier.state == State.ISSUED:
                act.change(
                    earlier,
                    state=State.SUPERSEDED,
                    state_reason=certificate.reason,
                )
        act.change(
            certificate,
            pdf=printed,
            pdf_sha256=hashlib.sha256(printed).hexdigest(),
            state=State.ISSUED,
        )
        count(lot)
        return certificate, None


def count(lot):
    """Tell the lot status what waits for a certificate, and which it has."""
    to_certify, numbers = of_lots([lot])[lot.pk]
    lot_status.certified(lot, to_certify=to_certify, certificates=numbers)


def of_lots(lots):
    """Return by the key of each lot how many releases wait, and the numbers it has.

    One that is being made counts when it has its file, or was given up: until then
    somebody has something to do.
    """
    keys = [lot.pk for lot in lots]
    waiting = Counter(
        releases_to_certify().filter(lot__in=keys).values_list("lot", flat=True)
    )
    numbers: dict[int, set[str]] = {pk: set() for pk in keys}
    made = Certificate.objects.filter(lot__in=keys).exclude(state=State.BEING_MADE)
    for pk, number in made.values_list("lot", "number"):
        numbers[pk].add(number)
    return {pk: (waiting[pk], sorted(found)) for pk, found in numbers.items()}


def releases_to_certify():
    """Return the released assessments of which no certificate is issued."""
    issued = Certificate.objects.filter(assessment=OuterRef("pk"), state=State.ISSUED)
    return Assessment.objects.filter(~Exists(issued), state=AssessmentState.RELEASED)
