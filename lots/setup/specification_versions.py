"""Versions of specifications: drafted, approved, effective, retired.

An approved version never changes. It supersedes earlier versions of its own code only,
from its effective date.
"""

import re
from dataclasses import dataclass

from lots import calendar
from lots.accounts import permissions
from lots.evidence import audit, text_checks
from lots.models import (
    Approval,
    Criterion,
    Occasion,
    Owner,
    Purpose,
    Specification,
    Test,
)
from lots.rules import chain, claims, criterion_check, uses, verdicts
from lots.rules.criterion import ALERTS, SIGNS
from lots.rules.measurement import Calculation, Measurement, is_amount
from lots.rules.refusal import Refusal, Refusals, Word
from lots.rules.step_table import STEPS
from lots.rules.unknown import if_known, of_known
from lots.rules.verdicts import CriterionKind
from lots.setup import approval, frequency, minimum_specifications
from lots.setup.catalogue import criterion_of
from lots.setup.signed_specification import specification_text
from lots.setup.specification_content import check_rounding, rows, told_apart

# What is assessed at each occasion of testing; a minimum at none.
_OFFERED: dict[str, tuple[str, ...]] = {
    Occasion.RETEST: (Purpose.RELEASE, Purpose.RETEST),
    Occasion.STABILITY: (Purpose.RELEASE, Purpose.STABILITY),
}

_CODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?", re.ASCII)


@dataclass(frozen=True)
class CriterionDraft:
    """A row of a draft: a test's acceptance criterion, limits as text.

    Its place in the sequence is its position.
    """

    test: Test
    kind: str
    low: str = ""
    high: str = ""
    choices: tuple[str, ...] = ()
    wording: str = ""
    portion: str = ""
    rounding: str = "half_up"
    decimals: int | None = None
    alert_low: str = ""
    alert_high: str = ""
    requirement: str = "every"
    every_lots: int | None = None
    every_months: int | None = None
    is_compendial: bool = False


class NotARow(Refusal):
    """A row of the draft cannot be a criterion; `row` counts from nought."""

    def __init__(self, refusal, *, row):
        super().__init__(
            refusal.code, refusal.sentence, field=refusal.field, **refusal.params
        )
        self.row = row


def draft_specification(
    *,
    by,
    at,
    material,
    code,
    use,
    grade,
    compendium,
    effective_on,
    change_reason,
    criteria,
    owner=Owner.IN_HOUSE,
    customer=None,
    purpose=Purpose.RELEASE,
    prints_in_order=False,
    endotoxin_constant="",
    endotoxin_dose="",
    body_weight="",
    endotoxin_source="",
):
    """Draft the next version of the code; return it.

    Refuses a code of another material, use or purpose, or that reads as another, a
    second draft of it, and every criterion that could not be judged, each with its row.
    """
    with audit.act(by=by, at=at, action="draft_specification") as act:
        permissions.check(act, STEPS["draft"], subject=f"specification {code}")
        # The lock keeps two people from drafting the same version at once.
        material = act.lock(material)
        earlier = _earlier(code, material, use)
        specification = _worded(
            text_checks.unwritten(
                Specification,
                material=material,
                code=code,
                version=earlier.version + 1 if earlier else 1,
                use=use,
                owner=owner,
                customer=customer,
                purpose=of_known(str, purpose),
                prints_in_order=prints_in_order,
                grade=grade,
                compendium=compendium,
                effective_on=effective_on,
                change_reason=change_reason,
                drafted_by=act.by,
                drafted_at=at,
                endotoxin_constant=endotoxin_constant,
                endotoxin_dose=endotoxin_dose,
                body_weight=body_weight,
                endotoxin_source=endotoxin_source,
            ),
            earlier=earlier,
        )
        drafted = _judgeable(_drafted(specification, criteria))
        act.create(specification)
        _keep_criteria(act, specification, drafted)
        return specification


def _earlier(code, material, use):
    """Return the version of the code before this one, None of a new code.

    Refuses a code of another material or use, one that reads as another, and one of
    which there is a draft.
    """
    earlier = None
    with if_known:
        earlier = Specification.objects.filter(code=code).order_by("-version").first()
        if earlier is None:
            told_apart(code)
    with if_known:
        if earlier and (earlier.material_id, earlier.use) != (material.pk, use):
            raise Refusal(
                "code-taken",
                "%(code)s is the code of %(material)s for %(use)s; choose another"
                " code.",
                field="code",
                code=code,
                material=earlier.material.name,
                use=uses.use(earlier.use).products,
            )
    with if_known:
        text_checks.once(
            Specification.objects.filter(code=code, state=Approval.DRAFT),
            sentence="There is a draft of this code already; approve or withdraw it"
            " first.",
            field="code",
        )
    return earlier


def change_draft(
    *,
    specification,
    by,
    at,
    grade,
    compendium,
    effective_on,
    change_reason,
    criteria,
    owner,
    customer=None,
    prints_in_order=False,
    endotoxin_constant="",
    endotoxin_dose="",
    body_weight="",
    endotoxin_source="",
):
    """Change a draft: its facts and its whole list of criteria.

    Only whoever drafted it, so that its approver never approves own work.
    """
    with audit.act(by=by, at=at, action="change_draft") as act:
        permissions.check(act, STEPS["draft"], subject=str(specification))
        specification = _draft(act, specification)
        if specification.drafted_by_id != act.by.pk:
            raise Refusal(
                "another-drafter",
                "%(specification)s is the draft of %(drafter)s, and only its drafter"
                " can change it; ask %(drafter)s, or withdraw the draft and draft it"
                " again.",
                specification=str(specification),
                drafter=specification.drafted_by.printed_name,
            )
        values = {
            "owner": owner,
            "customer": customer,
            "prints_in_order": prints_in_order,
            "grade": grade,
            "compendium": compendium,
            "effective_on": effective_on,
            "change_reason": change_reason,
            "endotoxin_constant": endotoxin_constant,
            "endotoxin_dose": endotoxin_dose,
            "body_weight": body_weight,
            "endotoxin_source": endotoxin_source,
        }
        as_said = text_checks.given(act.lock(specification), **values)
        _worded(as_said, earlier=None)
        drafted = _judgeable(_drafted(as_said, criteria))
        act.change(specification, **values)
        _keep_criteria(act, specification, drafted)
        return specification


def approve_specification(*, specification, by, at, confirmation, shown):
    """Sign the draft: in force from its effective date, and never changed again.

    Refused to whoever drafted it (EU GMP 4.3), without a criterion, with one that can
    be judged no more, without an approved minimum for the use, and, of one by which a
    lot may be released alone, where it falls short of that. A minimum itself is
    approved by `release.minimums`, with what it means for the lots.
    """
    with audit.act(by=by, at=at, action="approve_specification") as act:
        if specification.purpose == Purpose.MINIMUM:
            raise ValueError("A minimum is approved by release.minimums.")
        return approved(act, specification, confirmation=confirmation, shown=shown)


def approved(act, specification, *, confirmation, shown):
    """Sign the draft inside an open act; return it."""
    # Whoever approves a minimum of the material does so before or after.
    act.lock(specification.material)
    found = list(rows(specification))
    if not found:
        raise Refusal(
            "no-criteria",
            "%(specification)s has no criteria; add at least one before the approval.",
            specification=str(specification),
        )
    _worded(specification, earlier=None)
    _judgeable(found)
    is_minimum = specification.purpose == Purpose.MINIMUM
    what = "Minimum specification" if is_minimum else "Specification"
    return approval.approve(
        act,
        specification,
        subject=f"specification {specification}",
        confirmation=confirmation,
        shown=shown,
        text=specification_text,
        wording=f"{what} approved for {uses.use(specification.use).products}",
        against=lambda record: minimum_specifications.against_approval(
            record, found, on=calendar.today(act.at)
        ),
    )


def withdraw_draft(*, specification, by, at, reason):
    """Withdraw a draft; its version number stays used."""
    with audit.act(by=by, at=at, action="withdraw_draft", reason=reason) as act:
        permissions.check(act, STEPS["draft"], subject=str(specification))
        text_checks.reason_given(reason)
        return act.change(_draft(act, specification), state=Approval.WITHDRAWN)


def withdraw_specification(*, specification, by, at, reason):
    """End a code by the version in force: no further lot is judged against it."""
    with audit.act(by=by, at=at, action="withdraw_specification", reason=reason) as act:
        permissions.check(act, STEPS["suspend"], subject=str(specification))
        specification = act.lock(specification)
        day = calendar.today(at)
        if specification not in effective(material=specification.material, on=day):
            raise Refusal(
                "not-in-force",
                "%(specification)s is not effective on %(day)s, so it cannot be"
                " retired; a new version of its code takes its place.",
                specification=str(specification),
                day=day.isoformat(),
            )
        return act.change(specification, state=Approval.WITHDRAWN)


def offered(*, material, on, occasion):
    """Return the specifications in force that a test order of the occasion may have."""
    purposes = _OFFERED.get(occasion, (Purpose.RELEASE,))
    return effective(material=material, on=on, purposes=purposes)


def effective(*, material, on, use=None, purposes=None):
    """Return the specifications of the material in force on the day, by use and code.

    Of these purposes, if any are given; a code has one for ever.

    Per code the highest version ever approved whose effective date has come decides; if
    that was withdrawn since, the code is not in force, and not the one before again.
    """
    found = Specification.objects.filter(
        material=material, signature__isnull=False, effective_on__lte=on
    )
    if use is not None:
        found = found.filter(use=use)
    if purposes is not None:
        found = found.filter(purpose__in=purposes)
    highest = {row.code: row for row in found.order_by("version")}
    return tuple(
        sorted(
            (row for row in highest.values() if row.state == Approval.APPROVED),
            key=lambda row: (row.use, row.code),
        )
    )


def _draft(act, specification):
    specification = act.lock(specification)
    if specification.state != Approval.DRAFT:
        raise Refusal(
            "not-a-draft",
            "%(specification)s is %(state)s and never changes; draft a new version.",
            specification=str(specification),
            state=Word(Approval.of(specification.state).said),
        )
    return specification


def _worded(specification, *, earlier):
    text_checks.sound(specification)
    with if_known:
        uses.use(specification.use)
    minimum_specifications.check_draft(specification, earlier=earlier)
    with if_known:
        minimum_specifications.check_alone(specification)
    with if_known:
        if not _CODE.fullmatch(specification.code):
            raise Refusal(
                "code",
                "%(code)s is not a code; type letters, digits and . _ / - inside.",
                field="code",
                code=specification.code,
            )
    for field in ("code", "grade", "compendium"):
        text = getattr(specification, field)
        with if_known:
            _names_no_other_use(specification.use, text, field=field, is_name=True)
    with if_known:
        owned = specification.owner == Owner.CUSTOMER
        if owned != (specification.customer_id is not None):
            raise Refusal(
                "customer",
                "Choose the customer of the specification."
                if owned
                else "Only a customer's specification names a customer; choose Customer"
                " as the owner, or remove the customer.",
                field="customer",
            )
    return specification


def _names_no_other_use(use, text, *, field, is_name=False):
    """Refuse a text of certificates that speaks of another use than they certify."""
    named = uses.named_beside(use, text) if is_name else uses.named_in(text)
    for other in named:
        if other.code != use:
            raise Refusal(
                "other-use",
                "%(text)s names %(other)s use, but the specification is for %(use)s"
                " use; certificates print this text, so word it without the other use.",
                field=field,
                text=text,
                other=Word(other.said),
                use=Word(uses.use(use).said),
            )
    for refusal in claims.refusals(use, **{field: text}):
        raise refusal


def _drafted(specification, drafts):
    """Return the drafts as criteria of the specification, not stored yet."""
    return [
        text_checks.unwritten(
            Criterion,
            specification=specification,
            position=position,
            test=draft.test,
            kind=of_known(str, draft.kind),
            low=draft.low,
            high=draft.high,
            choices=of_known(list, draft.choices),
            wording=draft.wording,
            portion=draft.portion,
            rounding=of_known(str, draft.rounding),
            decimals=draft.decimals,
            alert_low=draft.alert_low,
            alert_high=draft.alert_high,
            requirement=of_known(str, draft.requirement),
            every_lots=draft.every_lots,
            every_months=draft.every_months,
            is_compendial=draft.is_compendial,
        )
        for position, draft in enumerate(drafts, start=1)
    ]


def _keep_criteria(act, specification, drafted):
    """Store the criteria, touching only rows that differ."""
    for row in drafted:
        # Its key is known once it is stored.
        row.specification = specification
    wanted = {_said_exactly(row): row for row in drafted}
    for stored in list(rows(specification)):
        if wanted.pop(_said_exactly(stored), None) is None:
            act.remove(stored)
    act.create_all(list(wanted.values()))


def _said_exactly(row):
    values = audit.row(row)
    del values["id"], values["specification_id"]
    return chain.canonical(values)


def _judgeable(criteria_rows):
    """Return the criteria; refuse, each with its row, what could not be judged."""
    wrong = []
    seen: set[int] = set()
    for number, row in enumerate(criteria_rows):
        try:
            text_checks.sound(row)
            _check(row, seen=seen)
        except Refusals as several:
            wrong += [NotARow(one, row=number) for one in several.refusals]
        except Refusal as one:
            wrong.append(NotARow(one, row=number))
        with if_known:
            seen.add(row.test_id)
    if wrong:
        raise wrong[0] if len(wrong) == 1 else Refusals(wrong)
    return criteria_rows


def _check(row, *, seen):
    test = row.test
    with if_known:
        if test.material_id != row.specification.material_id:
            raise Refusal(
                "other-material",
                "%(test)s is not a test of this material.",
                field="test",
                test=test.name,
            )
    if row.test_id in seen:
        raise Refusal(
            "twice",
            "%(test)s already has a criterion; remove one of the two rows.",
            field="test",
            test=test.name,
        )
    with if_known:
        _fits(row, test)
    for text in (row.wording, test.name, *test.vocabulary):
        field = "wording" if text is row.wording else "test"
        with if_known:
            _names_no_other_use(row.specification.use, text, field=field)
    with if_known:
        verdicts.check(criterion_of(row, unit=test.unit), vocabulary=test.vocabulary)
    with if_known:
        check_rounding(row)
    with if_known:
        frequency.check(row)
    with if_known:
        minimum_specifications.check_row(row)


def _fits(row, test):
    """Refuse a kind of criterion that the test's results could never answer."""
    kind = CriterionKind.of(row.kind)
    if kind.compares and kind is not CriterionKind.LIMIT:
        _asks_for_numbers(test)
    if kind.compares:
        _has_signs_of(test, row)
    if not criterion_check.fits(
        kind,
        vocabulary=test.vocabulary,
        portion=test.portion,
        is_text=test.is_text,
    ):
        raise Refusal(
            "kind",
            "Results of %(test)s are %(what)s, which do not fit a criterion of this"
            " kind; choose another kind or another test.",
            field="kind",
            test=test.name,
            what="Absent or Present"
            if test.portion
            else "words"
            if test.vocabulary
            else "free text"
            if test.is_text
            else "numbers",
        )


def _has_signs_of(test, row):
    """Refuse a limit with a sign for an amount, of which no result has one."""
    measured = Measurement(calculation=Calculation.of(test.calculation), unit=test.unit)
    if not is_amount(measured):
        return
    for field in ("low", "high", *ALERTS):
        text = getattr(row, field)
        if text.startswith(SIGNS):
            raise Refusal(
                "signed-amount",
                "Results of %(test)s are amounts, which have no sign, so the limit"
                " %(text)s cannot be meant; type it without the sign.",
                field=field,
                test=test.name,
                text=text,
            )


def _asks_for_numbers(test):
    """Refuse to compare numbers where the method is a limit test, which gives none."""
    if test.methods.filter(is_current=True, is_limit_test=True).exists():
        raise Refusal(
            "kind-limit-test",
            "The method of %(test)s is a limit test, which gives no number; choose the"
            " kind “Limit test”.",
            field="kind",
            test=test.name,
        )
