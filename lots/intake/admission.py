"""Admission: what a lot must have to be logged.

Facts, parent lots, a specification, and a qualification for its use: the first of the
use gates (domain.md 0.2). Reads, never writes.
"""

from dataclasses import dataclass, fields, replace

from django.db.models import CharField

from lots import calendar
from lots.evaluation import periodic_tests
from lots.evidence import text_checks
from lots.models import (
    AlternativeUse,
    Approval,
    DateKind,
    Lot,
    Occasion,
    Qualification,
    Specification,
    printable_text,
)
from lots.origin import parent_lots
from lots.origin.duplicates import Twins
from lots.origin.lot_facts import (
    LotFacts,
    NotLogged,
    dated_too_late,
    names_other_use,
    wrong_facts,
    wrong_quantity,
)
from lots.rules import uses
from lots.rules.refusal import Refusal, Refusals, Word
from lots.rules.text import look, plain_text
from lots.rules.unknown import UNKNOWN, NotKnown, as_far_as_known, if_known
from lots.rules.verdicts import Requirement
from lots.setup import master_data, specification_versions, valid_qualification

# The facts that are texts of the lot. What may not be blank is asked for as a fact.
_TEXTS = [
    column.name
    for column in Lot._meta.concrete_fields
    if isinstance(column, CharField)
    and column.name in {fact.name for fact in fields(LotFacts)}
]
LONGEST_PROCESS = Qualification._meta.get_field("process").max_length


def use_by_days(lot, *, on):
    """Return how many days the lot may be used after a retest, as approved on the day.

    That of the qualification that stands; where none does, the one it was logged on.
    """
    try:
        qualification = valid_qualification.of_lot(lot, on=on)
    except valid_qualification.NotQualified:
        qualification = lot.qualification
    return qualification.use_by_days


class Grounds:
    """What lots rest on when they are logged, looked up once for all of one act."""

    def __init__(self):
        self._found = {}
        self.twins = Twins()

    def catalogue(self, material):
        """Return what is measured on the material."""
        return self._once(
            ("catalogue", material),
            lambda: master_data.current().catalogue(material.pk),
        )

    def qualification(self, **what):
        """Return what qualified.valid_qualification does, or refuse as it does."""
        key = ("qualification", *what.values())
        return self._once(key, lambda: valid_qualification.valid_qualification(**what))

    def specifications(self, **what):
        """Return the specifications to test by, each with its alternative use."""
        key = ("specifications", *what.values())
        return self._once(key, lambda: _specifications(**what))

    def sparing(self, lot, specification):
        """Return what the lots before say of each periodic test of the lot, by test."""
        asked = self._once(
            ("periodic", specification),
            lambda: list(
                specification.criteria.filter(requirement=Requirement.PERIODIC)
            ),
        )
        return periodic_tests.found(lot, specification, asked)

    def _once(self, key, find, *asked):
        if key not in self._found:
            self._found[key] = find(*asked)
        return self._found[key]


@dataclass(frozen=True)
class Admission:
    """What a lot rests on when it is logged; its facts with the defaults worked out."""

    facts: LotFacts
    qualification: Qualification
    specifications: tuple[tuple[Specification, AlternativeUse | None], ...]


def admit(facts, *, at, grounds, specifications=None):
    """Return what the lot would rest on if it were logged now; write nothing.

    Raises Refusals with everything that is wrong, each with its field.
    """
    today = calendar.today(at)
    with if_known:
        plain_text(facts.process, field="process", longest=LONGEST_PROCESS)
    wrong = list(wrong_facts(facts, today=today, twins=grounds.twins))
    wrong += as_far_as_known(_against_parents(facts, today=today))
    qualification, unqualified = None, []
    with if_known:
        try:
            uses.use(facts.use)
            qualification = grounds.qualification(
                material=facts.material,
                site=facts.site,
                use=facts.use,
                process=facts.process,
                manufactured_on=facts.manufactured_on,
                on=today,
            )
        except Refusal as refusal:
            unqualified = _written_otherwise(refusal, facts)
    wrong += unqualified
    ends = UNKNOWN
    with if_known:
        ends = parent_lots.last_days(facts)
    if qualification is not None:
        facts = _with_defaults(facts, qualification, ends, today=today)
    with if_known:
        old = list(parent_lots.too_old(facts, ends))
        wrong += old or _wrong_order(facts)
    if qualification is not None:
        wrong += as_far_as_known(dated_too_late(facts, qualification))
    texts = {name: getattr(facts, name) for name in ("packaging", "storage", "note")}
    is_use = facts.use is not UNKNOWN and facts.use in uses.USES
    if is_use:
        wrong += names_other_use(texts, facts.use)
    printed = {
        **texts,
        "original_certificate_number": facts.original_certificate_number,
    }
    for name, text in printed.items():
        wrong += as_far_as_known(printable_text.faults(**{name: text}))
    said = {refusal.field for refusal in wrong}
    wrong += [one for one in _unsound(facts) if one.field not in said]
    chosen = ()
    with if_known:
        try:
            if is_use and not unqualified:
                chosen = wanted(
                    grounds.specifications(
                        material=facts.material, use=facts.use, on=today
                    ),
                    specifications,
                )
        except Refusal as refusal:
            wrong.append(refusal)
    if wrong:
        raise wrong[0] if len(wrong) == 1 else Refusals(wrong)
    if qualification is None:
        # In a trial: otherwise why there is none would be wrong.
        raise NotKnown
    return Admission(
        facts=facts, qualification=qualification, specifications=tuple(chosen)
    )


def _unsound(facts):
    """Return why the texts of the lot cannot be stored or printed as they are."""
    given = {}
    for name in _TEXTS:
        text = getattr(facts, name)
        if text is not UNKNOWN and text:
            given[name] = text
    try:
        text_checks.sound(Lot(**given), changed=given)
    except Refusal as refusal:
        return refusal.refusals if isinstance(refusal, Refusals) else (refusal,)
    return ()


def _against_parents(facts, *, today):
    """Yield what is wrong with the lots that it is made from."""
    for _parent, quantity in facts.parents:
        if quantity:
            yield from wrong_quantity(quantity, field="parents")
    yield from parent_lots.wrong_parents(facts)
    yield from parent_lots.too_much(facts)
    yield from parent_lots.against_qualifications(
        [parent for parent, _ in facts.parents], on=today
    )


def _wrong_order(facts):
    """Yield that the lot would be past its date before it was made."""
    if facts.date_on is not None and facts.date_on <= facts.manufactured_on:
        yield NotLogged(
            "date-order",
            "The %(kind)s %(date)s of lot %(lot)s is not after its manufacture on"
            " %(made)s; correct one of the two dates.",
            field="date_on",
            kind=f"{facts.date_kind} date".strip(),
            date=facts.date_on,
            lot=facts.number,
            made=facts.manufactured_on,
        )


def _with_defaults(facts, qualification, ends, *, today):
    """Return the facts with what the qualification says where they say nothing.

    No date is worked out from a day of manufacture that has not come. What is only
    mixed or moved ends no later than its parents, and has an expiry date where one of
    them has.
    """
    date_kind = date_on = storage = UNKNOWN
    with if_known:
        expires = any(parent.date_kind == DateKind.EXPIRY for parent in ends)
        usual = DateKind.EXPIRY if expires else qualification.date_kind
        date_kind = facts.date_kind or usual
    with if_known:
        date_on = facts.date_on or _last_day(facts, qualification, ends, today=today)
    with if_known:
        storage = facts.storage or qualification.storage
    return replace(facts, date_on=date_on, date_kind=date_kind, storage=storage)


def _last_day(facts, qualification, ends, *, today):
    """Return the date that the qualification gives, None before it was made."""
    if facts.manufactured_on > today:
        return None
    retest = calendar.months_after(facts.manufactured_on, qualification.retest_months)
    return min([retest, *ends.values()])


def _written_otherwise(refusal, facts):
    """Return the refusal, or the qualified processes that the typed one reads as."""
    if refusal.code != "none":
        return [refusal]
    kept = Qualification.objects.filter(
        material=facts.material, site=facts.site, use=facts.use
    )
    known = kept.exclude(state=Approval.WITHDRAWN).values_list("process", flat=True)
    return [
        NotLogged(
            "process",
            "%(site)s has no qualification for the process %(process)s, but has one"
            " for %(other)s, which looks the same in print; write it as in the"
            " qualification.",
            field="process",
            site=str(facts.site),
            process=facts.process,
            other=other,
        )
        for other in sorted(set(known))
        if look(other) == look(facts.process)
    ] or [_of_other_processes(refusal, facts, kept)]


def _of_other_processes(refusal, facts, kept):
    """Return the refusal, with the processes that the site is qualified for, if any."""
    qualified = sorted(
        set(kept.filter(state=Approval.APPROVED).values_list("process", flat=True))
    )
    if not qualified:
        return refusal
    return NotLogged(
        "process",
        "%(site)s is not qualified for the process %(process)s, but for %(qualified)s."
        " Write the process as in the qualification, or ask QA to draft and approve"
        " another one.",
        field="process",
        site=str(facts.site),
        process=facts.process,
        qualified=", ".join(qualified),
    )


def _specifications(*, material, use, on, occasion=Occasion.RELEASE):
    """Return the specifications to test by, each with its alternative use."""
    effective = specification_versions.offered(
        material=material, on=on, occasion=occasion
    )
    alternative_uses = {
        row.use_for: row
        for row in AlternativeUse.objects.filter(
            material=material, made_for=use, state=Approval.APPROVED
        )
        if uses.may_also_serve(made_for=row.made_for, use_for=row.use_for)
    }
    own = [spec for spec in effective if spec.use == use]
    if not own:
        raise NotLogged(
            "no-specification",
            "No approved specification of %(material)s for %(use)s use is effective on"
            " %(date)s; ask QA to approve one first.",
            field="use",
            material=material.name,
            use=Word(uses.use(use).said),
            date=on,
        )
    return [(spec, None) for spec in own] + [
        (spec, alternative_uses[spec.use])
        for spec in effective
        if spec.use in alternative_uses
    ]


def wanted(chosen, specifications):
    """Return those of the specifications that were asked for, all if none were.

    Refuses one that is not in force for the lot's own use or one it can serve.
    """
    if specifications is None:
        return chosen
    allowed = [specification for specification, _ in chosen]
    for specification in specifications:
        if specification not in allowed:
            raise NotLogged(
                "specification",
                "%(specification)s is not effective for the intended use or an"
                " alternative use of the lot; choose one of %(allowed)s.",
                field="specifications",
                specification=str(specification),
                allowed=", ".join(map(str, allowed)),
            )
    return [pair for pair in chosen if pair[0] in specifications]
