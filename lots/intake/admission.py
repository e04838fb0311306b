"""Admission: what a lot must have to be logged.

Facts, parent lots, a specification, and a qualification for its use: the first of the
use gates (domain.md 0.2). Reads, never writes.
"""

from dataclasses import dataclass, replace

from lots import calendar
from lots.evaluation import periodic_tests
from lots.models import (
    AlternativeUse,
    Approval,
    DateKind,
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
from lots.rules.verdicts import Requirement
from lots.setup import master_data, specification_versions, valid_qualification

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
    plain_text(facts.process, field="process", longest=LONGEST_PROCESS)
    wrong = list(wrong_facts(facts, today=today, twins=grounds.twins))
    for _parent, quantity in facts.parents:
        if quantity:
            wrong += wrong_quantity(quantity, field="parents")
    wrong += parent_lots.wrong_parents(facts)
    wrong += parent_lots.too_much(facts)
    wrong += parent_lots.against_qualifications(
        [parent for parent, _ in facts.parents], on=today
    )
    qualification = None
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
        wrong += _written_otherwise(refusal, facts)
    ends = parent_lots.last_days(facts)
    if qualification is not None:
        facts = _with_defaults(facts, qualification, ends, today=today)
    old = list(parent_lots.too_old(facts, ends))
    wrong += old
    if facts.date_on is not None and not old and facts.date_on <= facts.manufactured_on:
        wrong.append(
            NotLogged(
                "date-order",
                "The %(kind)s %(date)s of lot %(lot)s is not after its manufacture on"
                " %(made)s; correct one of the two dates.",
                field="date_on",
                kind=f"{facts.date_kind} date",
                date=facts.date_on,
                lot=facts.number,
                made=facts.manufactured_on,
            )
        )
    chosen = ()
    if qualification is not None:
        wrong += dated_too_late(facts, qualification)
        texts = {
            name: getattr(facts, name) for name in ("packaging", "storage", "note")
        }
        wrong += names_other_use(texts, facts.use)
        wrong += printable_text.faults(
            **texts, original_certificate_number=facts.original_certificate_number
        )
        try:
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
    assert qualification is not None  # or why there is none would be wrong
    return Admission(
        facts=facts, qualification=qualification, specifications=tuple(chosen)
    )


def _with_defaults(facts, qualification, ends, *, today):
    """Return the facts with what the qualification says where they say nothing.

    No date is worked out from a day of manufacture that has not come. What is only
    mixed or moved ends no later than its parents, and has an expiry date where one of
    them has.
    """
    date_kind = facts.date_kind or qualification.date_kind
    if not facts.date_kind and any(
        parent.date_kind == DateKind.EXPIRY for parent in ends
    ):
        date_kind = DateKind.EXPIRY
    date_on = facts.date_on
    if date_on is None and facts.manufactured_on <= today:
        retest = calendar.months_after(
            facts.manufactured_on, qualification.retest_months
        )
        date_on = min([retest, *ends.values()])
    storage = facts.storage or qualification.storage
    return replace(facts, date_on=date_on, date_kind=date_kind, storage=storage)


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
