"""Minimum specifications: what an approval is held to.

Per material and use, drafted by one person of QA and approved by another
(docs/decisions/0023). The pages of a draft ask the same functions as the verb.
"""

from lots.models import Approval, Purpose, Specification
from lots.rules import criterion_check, endotoxin_limit, uses
from lots.rules.criterion import Requirement, limit
from lots.rules.endotoxin_limit import Basis
from lots.rules.quality_attributes import Attribute
from lots.rules.refusal import Refusal, Word, Words
from lots.rules.unknown import if_known
from lots.setup import catalogue

_BASIS = ("endotoxin_constant", "endotoxin_dose", "body_weight", "endotoxin_source")


def check_draft(specification, *, earlier):
    """Refuse facts of a draft that no minimum, or nothing but one, can have.

    `earlier` is the version of the code before it, None for the first.
    """
    with if_known:
        _fits_purpose(specification, earlier)
    with if_known:
        _fits_basis(specification)


def _fits_purpose(specification, earlier):
    is_minimum = specification.purpose == Purpose.MINIMUM
    if earlier and earlier.purpose != specification.purpose:
        raise Refusal(
            "code-purpose",
            "%(code)s is the code of another purpose (%(purpose)s); choose another"
            " code.",
            field="code",
            code=specification.code,
            purpose=Word(Purpose(earlier.purpose).label),
        )
    if is_minimum and specification.owner != "in_house":
        raise Refusal(
            "minimum-owner",
            "A minimum specification is our own; choose In-house as the owner.",
            field="owner",
        )


def _fits_basis(specification):
    """Refuse what the endotoxin limit rests on, where it is none or has none."""
    is_minimum = specification.purpose == Purpose.MINIMUM
    use = uses.use(specification.use)
    if is_minimum and use.endotoxin_constant:
        numbers = [getattr(specification, field) for field in _BASIS[:3]]
        if any(numbers):
            endotoxin_limit.check(Basis(*numbers), most=use.endotoxin_constant)
        return
    for field in _BASIS:
        if getattr(specification, field):
            raise Refusal(
                "endotoxin-basis",
                "Only the minimum specification of a use with an endotoxin limit"
                " states what the limit K/M rests on; leave this field blank.",
                field=field,
            )


def check_alone(specification):
    """Refuse a second minimum beside one of another code for the same use."""
    if specification.purpose != Purpose.MINIMUM:
        return
    other = (
        Specification.objects.filter(
            material=specification.material_id,
            use=specification.use,
            purpose=Purpose.MINIMUM,
        )
        .exclude(code=specification.code)
        .exclude(state=Approval.WITHDRAWN)
        .order_by("-pk")
        .first()
    )
    if other:
        raise Refusal(
            "minimum-code",
            "%(other)s is the minimum specification of %(material)s for %(use)s use;"
            " draft its next version, or withdraw it first.",
            field="code",
            other=str(other),
            material=specification.material.name,
            use=Word(uses.use(specification.use).said),
        )


def check_row(row):
    """Refuse a criterion on request in a minimum: no lot would have to have it."""
    is_minimum = row.specification.purpose == Purpose.MINIMUM
    if is_minimum and row.requirement == Requirement.REQUEST:
        raise Refusal(
            "minimum-request",
            "A minimum specification requires %(test)s on every lot or periodically;"
            " choose one of these, or remove the row.",
            field="requirement",
            test=row.test.name,
        )


def against_approval(specification, rows, *, on):
    """Return what closes the approval, all of it: the minimum, or what it lacks."""
    if specification.purpose == Purpose.MINIMUM:
        return tuple(_against_minimum(specification, rows, on=on))
    least = catalogue.minimums(specification.material_id).get(specification.use)
    if least is None:
        return (no_minimum(specification.material, specification.use),)
    if not specification.may_release_alone:
        return ()
    asked = least.criteria.select_related("test").order_by("position")
    return catalogue.shortfalls(rows, asked, minimum=str(least))


def no_minimum(material, use):
    """Return the refusal of everything for a use that has no approved minimum."""
    return Refusal(
        "no-minimum",
        "%(material)s has no approved minimum specification for %(use)s use, so"
        " nothing is approved, released or certified for it. QA drafts one, and another"
        " person of QA approves it.",
        material=material.name,
        use=Word(uses.use(use).said),
    )


def _against_minimum(specification, rows, *, on):
    use = uses.use(specification.use)
    if specification.effective_on > on:
        yield Refusal(
            "minimum-later",
            "A minimum specification is effective when it is approved, and %(date)s"
            " has not come; set “Effective from” to today or earlier.",
            date=specification.effective_on.isoformat(),
        )
    told = [
        (Attribute.of(row.test.attribute), row)
        for row in rows
        if row.test.attribute and _can_fail(row)
    ]
    there = {attribute for attribute, _ in told}
    every = {
        attribute for attribute, row in told if row.requirement == Requirement.EVERY
    }
    lacking = [one for one in use.needs if one not in there]
    if lacking:
        yield Refusal(
            "minimum-attributes",
            "A minimum specification for %(use)s use also needs a test with limits of"
            " %(lacking)s. Add it, and state the quality attribute of the test.",
            use=Word(use.said),
            lacking=Words((one.word.lower() for one in lacking), between="and"),
        )
    seldom = [one for one in use.needs_on_every_lot if one not in every]
    if seldom:
        yield Refusal(
            "minimum-every-lot",
            "A minimum specification for %(use)s use needs, on every lot, a test with"
            " limits of %(lacking)s. Add it, and state the quality attribute of the"
            " test.",
            use=Word(use.said),
            lacking=Words((one.word.lower() for one in seldom), between="and"),
        )
    if use.endotoxin_constant:
        limited = [row for attribute, row in told if attribute == Attribute.ENDOTOXINS]
        yield from _against_endotoxin_limit(specification, limited, use)


def _can_fail(row):
    """Say whether a result can fail the criterion: else it only reports."""
    return criterion_check.can_fail(
        catalogue.criterion_of(row, unit=row.test.unit), vocabulary=row.test.vocabulary
    )


def basis_of(specification):
    """Return what the endotoxin limit of a minimum rests on; None where nothing is."""
    if not specification.endotoxin_constant:
        return None
    return Basis(
        specification.endotoxin_constant,
        specification.endotoxin_dose,
        specification.body_weight,
    )


def _against_endotoxin_limit(specification, rows, use):
    """Yield what is wrong with the endotoxin limit: at most K/M (USP <85>)."""
    if not all(getattr(specification, field).strip() for field in _BASIS):
        yield Refusal(
            "endotoxin-basis",
            "The endotoxin limit of %(use)s use is at most K/M: state K, the largest"
            " dose in one hour, the body weight and their source in the draft.",
            use=Word(use.said),
        )
        return
    basis = basis_of(specification)
    for row in rows:
        rule = catalogue.criterion_of(row, unit=row.test.unit)
        is_comparable = rule.unit in endotoxin_limit.UNITS and bool(rule.high)
        if not is_comparable:
            yield Refusal(
                "endotoxin-unit",
                "%(test)s needs an upper limit in %(units)s, in which K/M is"
                " calculated.",
                test=row.test.name,
                units=Words(endotoxin_limit.UNITS, between="or"),
            )
        elif limit(rule, "high") > basis.limit:
            yield Refusal(
                "endotoxin-limit",
                "%(test)s: NMT %(high)s EU/mg is more than K/M = %(most)s EU/mg; type"
                " that or less.",
                test=row.test.name,
                high=rule.high,
                most=basis.rounded_down,
            )
