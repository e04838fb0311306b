"""Qualifications: who may make what for which use.

A person signs them; they never follow from numbers (domain.md 0.2).
"""

from lots import calendar
from lots.accounts import permissions
from lots.evidence import audit, chained_names, documents, signatures, text_checks
from lots.models import Approval, DateKind, Meaning, Qualification
from lots.rules import chain, claims
from lots.rules import uses as use_words
from lots.rules.formats import Format
from lots.rules.refusal import Refusal
from lots.rules.step_table import STEPS
from lots.rules.text import look
from lots.rules.unknown import if_known
from lots.setup import approval

# Format 2 says what kind of date the period gives, how long a lot may be used after a
# retest, and since when lots are in question; and all that is printed of the site and
# the material.
QUALIFICATION = Format("qualification", number=2)


@QUALIFICATION.reads(2)
def _with_the_fields_of_today(stored):
    return stored


@QUALIFICATION.reads(1)
def _with_a_retest_period_alone(stored):
    """Return what was signed before there was another kind of date.

    Not all that is printed of site and material was named.
    """
    said = chained_names.ADDED["lots_qualification"]
    added = {name: said[name] for name in ("date_kind", "use_by_days", "cause_since")}
    record = QUALIFICATION.record
    content = stored[record]
    site = {"telephone": "", **content["site"]}
    return {**stored, record: {**added, "item_code": "", **content, "site": site}}


def draft_qualification(
    *,
    by,
    at,
    site,
    material,
    use,
    process,
    valid_from,
    valid_until=None,
    storage,
    retest_months,
    evidence,
    evidence_reference,
    date_kind=DateKind.RETEST,
    use_by_days=Qualification.USED_IMMEDIATELY,
):
    """Draft that the site may make the material for the use by this process.

    Its lots get a retest or an expiry date, `date_kind`, within `retest_months` of
    their manufacture (ICH Q7 11.6). One that passes a retest may be used for
    `use_by_days`: 30 where nobody showed another span, for it is then used immediately
    (ICH Q1A, glossary). `evidence` is a documents.Upload: the audit report, the
    agreement, the filing.
    """
    with audit.act(by=by, at=at, action="draft_qualification") as act:
        permissions.check(act, STEPS["draft"], subject="the qualification")
        with if_known:
            use_words.use(use)
        with if_known:
            if not site.manufactures:
                raise Refusal(
                    "not-a-manufacturer",
                    "%(site)s is not marked “Material is made here”; mark it on the"
                    " page of its organisation, or choose another site.",
                    field="site",
                    site=str(site),
                )
        with if_known:
            if valid_until is not None and valid_until < valid_from:
                raise Refusal(
                    "dates",
                    "The qualification would end on %(until)s, before it begins on"
                    " %(since)s.",
                    field="valid_until",
                    until=valid_until.isoformat(),
                    since=valid_from.isoformat(),
                )
        with if_known:
            if not 1 <= retest_months <= Qualification.LONGEST_PERIOD:
                raise Refusal(
                    "retest-period",
                    "A retest or expiry period is 1 to 120 months; %(months)s is not.",
                    field="retest_months",
                    months=retest_months,
                )
        with if_known:
            if date_kind not in DateKind.values:
                raise Refusal(
                    "date-kind",
                    "Choose retest date or expiry date as the kind of date.",
                    field="date_kind",
                )
        with if_known:
            if not 1 <= use_by_days <= Qualification.LONGEST_USE_BY:
                raise Refusal(
                    "use-by",
                    "After a retest a lot is used within 1 to %(longest)s days;"
                    " %(days)s is not. A retest gives no further full period.",
                    field="use_by_days",
                    longest=Qualification.LONGEST_USE_BY,
                    days=use_by_days,
                )
        with if_known:
            kept = Qualification.objects.filter(site=site, material=material, use=use)
            for other in kept.exclude(state=Approval.WITHDRAWN):
                if other.process != process and look(other.process) == look(process):
                    raise Refusal(
                        "process",
                        "%(process)s looks the same in print as %(other)s; write it the"
                        " same way.",
                        field="process",
                        process=process,
                        other=other.process,
                    )
        with if_known:
            for refusal in claims.refusals(use, storage=storage):
                raise refusal
        qualification = text_checks.sound(
            text_checks.unwritten(
                Qualification,
                site=site,
                material=material,
                use=use,
                process=process,
                valid_from=valid_from,
                valid_until=valid_until,
                storage=storage,
                date_kind=date_kind,
                retest_months=retest_months,
                use_by_days=use_by_days,
                evidence_reference=evidence_reference,
                drafted_by=act.by,
                drafted_at=at,
            )
        )
        with if_known:
            qualification.evidence = documents.keep(act, evidence, field="evidence")
        return act.create(qualification)


def approve_qualification(*, qualification, by, at, confirmation, shown):
    """Sign the drafted qualification: from now on it stands within its dates.

    Refused while another one of the same site, material, use and process is
    suspended: a suspension ends by being resumed, not by a second paper.
    """
    with audit.act(by=by, at=at, action="approve_qualification") as act:
        suspended = _alike(qualification).filter(state=Approval.SUSPENDED).first()
        if suspended:
            raise Refusal(
                "suspended",
                "The qualification of %(what)s is suspended: %(reason)s; resume that"
                " one first.",
                what=str(suspended),
                reason=suspended.state_reason,
            )
        for refusal in claims.refusals(
            qualification.use, storage=qualification.storage
        ):
            raise refusal
        return approval.approve(
            act,
            qualification,
            subject=f"the qualification of {qualification}",
            confirmation=confirmation,
            shown=shown,
            text=qualification_text,
            wording=f"Qualified for {use_words.use(qualification.use).products}",
        )


def suspend_qualification(*, qualification, by, at, reason, since):
    """Suspend an approved qualification: nothing is logged, released or issued on it.

    For cause: certificates of lots manufactured on `since` or later are under review
    until the suspension is resumed, or QA signs of a lot that it is not affected.
    """
    with audit.act(by=by, at=at, action="suspend_qualification", reason=reason) as act:
        permissions.check(
            act, STEPS["suspend"], subject=f"the qualification of {qualification}"
        )
        _since(since, at=at)
        qualification = approval.in_state(act, qualification, Approval.APPROVED)
        return act.change(
            qualification,
            state=Approval.SUSPENDED,
            state_reason=reason,
            cause_since=since,
            caused_at=at,
        )


def _since(since, *, at):
    """Refuse a day since when lots are in question that has not come."""
    with if_known:
        if since is not None and since > calendar.today(at):
            raise Refusal(
                "since",
                "Lots are in question since a day that has come; %(since)s is after"
                " today, %(today)s.",
                field="since",
                since=since,
                today=calendar.today(at),
            )


def resume_qualification(*, qualification, by, at, reason, confirmation, shown):
    """Sign that a suspended qualification stands again.

    As independent as an approval: not by whoever drafted it.
    """
    with audit.act(by=by, at=at, action="resume_qualification", reason=reason) as act:
        subject = f"the qualification of {qualification}"
        permissions.check(
            act,
            STEPS["approve"],
            subject=subject,
            done=approval.deeds(qualification, act.by),
        )
        text_checks.reason_given(reason)
        qualification = approval.in_state(act, qualification, Approval.SUSPENDED)
        signature = signatures.sign(
            act,
            confirmation=confirmation,
            shown=shown,
            meaning=Meaning.RESUMED,
            wording=f"Qualification resumed: {reason}"[:200],
            text=qualification_text(qualification),
        )
        for decision in qualification.found_unaffected.filter(is_over=False):
            act.change(decision, is_over=True)
        return act.change(
            qualification,
            state=Approval.APPROVED,
            state_reason="",
            cause_since=None,
            caused_at=None,
            signature=signature,
        )


def withdraw_qualification(*, qualification, by, at, reason, since=None):
    """End a qualification, or a draft of one, for good.

    Without `since` because it is not needed any more, or was replaced: nothing that
    was released or issued changes. With it for cause: certificates of lots
    manufactured on that day or later are under review until QA decides each, and no
    other qualification of the same four that was drafted before stands
    (docs/decisions/0025). A suspended one is withdrawn for cause, and no lot that its
    suspension puts in question is let go by it; what QA signed of its lots is decided
    anew.
    """
    with audit.act(by=by, at=at, action="withdraw_qualification", reason=reason) as act:
        permissions.check(
            act, STEPS["suspend"], subject=f"the qualification of {qualification}"
        )
        qualification = approval.in_state(
            act,
            qualification,
            Approval.DRAFT,
            Approval.APPROVED,
            Approval.SUSPENDED,
        )
        _since(since, at=at)
        if qualification.state == Approval.SUSPENDED:
            with if_known:
                _keeps_the_cause(qualification, since)
            for decision in qualification.found_unaffected.filter(is_over=False):
                act.change(decision, is_over=True)
        if since is not None and qualification.state == Approval.DRAFT:
            raise Refusal(
                "draft-cause",
                "This qualification is a draft, so no lot was made on it; leave the day"
                " blank.",
                field="since",
            )
        return act.change(
            qualification,
            state=Approval.WITHDRAWN,
            state_reason=reason,
            cause_since=since,
            caused_at=at if since else None,
        )


def _keeps_the_cause(qualification, since):
    """Refuse a withdrawal that would lift a suspension without a second person.

    Without a day, a renewal beside it would stand again; with a later one, the lots
    made in between would be in question no more.
    """
    first = qualification.cause_since
    if since is None:
        raise Refusal(
            "suspended",
            "The qualification of %(what)s is suspended: %(reason)s. Withdraw it for"
            " cause, with the day since when lots are in question; if there is no cause"
            " any more, another person than its drafter resumes it first.",
            field="since",
            what=str(qualification),
            reason=qualification.state_reason,
        )
    if first is not None and since > first:
        raise Refusal(
            "since-later",
            "Lots made on %(first)s or later are in question by the suspension; a later"
            " day would let lots go that nobody decided. Type %(first)s or an earlier"
            " day.",
            field="since",
            first=first,
        )


def qualification_text(qualification):
    """Return the canonical text that an approval of the qualification signs."""
    site = qualification.site
    return chain.canonical(
        {
            "format": QUALIFICATION.number,
            QUALIFICATION.record: {
                "site": {
                    "organisation": site.organisation.name,
                    "name": site.name,
                    "address": site.address,
                    "telephone": site.telephone,
                },
                "material": qualification.material.name,
                "item_code": qualification.material.item_code,
                "cas_number": qualification.material.cas_number,
                "use": qualification.use,
                "process": qualification.process,
                "valid_from": qualification.valid_from,
                "valid_until": qualification.valid_until,
                "storage": qualification.storage,
                "date_kind": qualification.date_kind,
                "retest_months": qualification.retest_months,
                "use_by_days": qualification.use_by_days,
                "cause_since": qualification.cause_since,
                "evidence": {
                    "reference": qualification.evidence_reference,
                    "name": qualification.evidence.name,
                    "sha256": qualification.evidence.sha256,
                },
                "suspended": qualification.state == Approval.SUSPENDED,
            },
        }
    )


def signed(qualification):
    """Return what the signature of a qualification says; None while it has none."""
    if qualification.signature is None:
        return None
    read = signatures.read(qualification.signature.text, QUALIFICATION)
    return read.record[QUALIFICATION.record]


def _alike(qualification):
    return Qualification.objects.filter(
        material_id=qualification.material_id,
        site_id=qualification.site_id,
        use=qualification.use,
        process=qualification.process,
    ).exclude(pk=qualification.pk)
