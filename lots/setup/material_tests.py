"""Tests of a material: what is measured, and how the reportable value arises."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from lots.accounts import permissions
from lots.evidence import audit, text_checks
from lots.models import Criterion, Method, Purpose, Result, Specification, Test
from lots.rules import reportable_value
from lots.rules.refusal import Refusal
from lots.rules.reportable_value import Calculation
from lots.rules.reported_value import LONGEST_WORD
from lots.rules.step_table import STEPS
from lots.rules.text import look
from lots.rules.unknown import if_known, of_known
from lots.setup import methods
from lots.setup.catalogue import measurement_of

ON_A_BASIS = (Calculation.ANHYDROUS, Calculation.DRIED)
# More than any test needs that a person chooses from.
MOST_WORDS = 50


@dataclass(frozen=True, kw_only=True)
class TestFacts:
    """What a material is tested for, and how the reportable value arises.

    A fact is one field here, one of the model Test by the same name, and one of the
    page's form. What each does to a value: rules/measurement.py.
    """

    # Unique on the material; imports name the test by it.
    code: str
    # As certificates print it, with the unit.
    name: str
    # The heading under which it is entered and printed: a value of Group.
    group: str
    # What the test says of the material: a value of Attribute; blank is not stated.
    attribute: str = ""
    unit: str = ""
    # How the reportable value arises from what is entered: a value of Calculation.
    calculation: str = Calculation.SINGLE
    # How many preparations a result has, and how many injections each of them.
    determinations: int = 1
    injections: int = 1
    # The largest range among the preparations: a number as typed, in `unit`, or blank.
    spread_limit: str = ""
    # The reporting threshold of peaks: a number as typed, in `unit`, or blank. Peaks
    # above it are reported, and those at it where the next fact says so.
    threshold: str = ""
    at_threshold_counts: bool = False
    # The data system reports on the anhydrous or dried basis already.
    already_corrected: bool = False
    # The words that a result can be; none where results are numbers.
    vocabulary: Sequence[str] = ()
    # For Absent or Present: the portion with its unit, such as 1 g.
    portion: str = ""
    # Results are free text that nothing is compared with.
    is_text: bool = False
    # The test whose result corrects this one to its basis.
    water_test: Test | None = None
    # The total to which the test's value, or its peaks, are added.
    component_of: Test | None = None

    def columns(self) -> dict[str, object]:
        """Return the facts as the record keeps them."""
        return vars(self) | {
            "calculation": of_known(str, self.calculation),
            "vocabulary": of_known(list, self.vocabulary),
        }


# What an approved specification relies on. The heading may still change, and the
# quality attribute by its own rule: only an approved minimum relies on it. Certificates
# print what was signed of both (`signed_specification.signed_of_tests`).
LOCKED = tuple(
    fact.name for fact in fields(TestFacts) if fact.name not in ("group", "attribute")
)


def add_test(*, by, at, material, facts):
    """Add something that is measured on the material, and how its value arises.

    Refuses, at the field, a test from which no reportable value could ever arise.
    """
    with audit.act(by=by, at=at, action="add_test") as act:
        permissions.check(act, STEPS["draft"], subject=facts.name)
        with if_known:
            _leaves_totals(facts.component_of)
        methods.claims_nothing("name", facts.name)
        with if_known:
            methods.claims_nothing("vocabulary", *facts.vocabulary)
        return act.create(
            _measurable(
                text_checks.unwritten(Test, material=material, **facts.columns())
            )
        )


def change_test(*, test, by, at, reason, facts):
    """Change a test; all but its heading is locked once something relies on it.

    Each of the facts replaces the stored one. Refused for anything else as soon as an
    approved specification uses the test or a result of it exists: both would say
    something other than what was signed.
    """
    with audit.act(by=by, at=at, action="change_test", reason=reason) as act:
        permissions.check(act, STEPS["draft"], subject=test.name)
        text_checks.reason_given(reason)
        test = act.lock(test)
        methods.claims_nothing("name", facts.name)
        with if_known:
            methods.claims_nothing("vocabulary", *facts.vocabulary)
        values = facts.columns()
        changed = _measurable(
            text_checks.unwritten(Test, id=test.pk, material=test.material, **values)
        )
        with if_known:
            _unlocked(test, changed)
        if test.component_of_id != changed.component_of_id:
            _leaves_totals(test.component_of, changed.component_of)
        return act.change(test, **values)


def is_locked(test):
    """Say whether something relies on how the test is described."""
    return bool(_relies_on(test))


def _relies_on(test):
    approved = (
        Criterion.objects.filter(test=test, specification__signature__isnull=False)
        .select_related("specification")
        .order_by("specification__code", "specification__version")
        .first()
    )
    if approved:
        return f"the approved specification {approved.specification}"
    if Result.objects.filter(test=test).exists():
        return "stored results"
    # What is corrected by it, or adds it up, is another value if it is another.
    of_it = [*test.corrects.all(), *filter(None, [test.component_of])]
    return next(filter(None, map(_relies_on, of_it)), "")


def _leaves_totals(*totals):
    """Refuse to add a test to a total, or to take it away, once something relies on it.

    Of what a total consists is how its value arises.
    """
    for total in filter(None, totals):
        relying = _relies_on(total) if total.calculation == Calculation.TOTAL else ""
        if relying:
            raise Refusal(
                "locked-total",
                "The tests that contribute to %(total)s can no longer change, because"
                " %(relying)s uses it; add another total, and put it into the next"
                " version of the specification.",
                field="component_of",
                total=total.name,
                relying=relying,
            )


def _unlocked(test, changed):
    if test.attribute and test.attribute != changed.attribute:
        _leaves_minimums(test)
    differing = [
        column
        for column in Test._meta.concrete_fields
        if column.name in LOCKED
        and getattr(test, column.attname) != getattr(changed, column.attname)
    ]
    relying = _relies_on(test) if differing else ""
    if relying:
        raise Refusal(
            "locked",
            "The %(what)s of %(test)s can no longer change, because %(relying)s uses"
            " it; add another test instead.",
            field=differing[0].name,
            what=str(differing[0].verbose_name),
            test=test.name,
            relying=relying,
        )


def _leaves_minimums(test):
    """Refuse another quality attribute where an approved minimum counts on this one."""
    relying = (
        Specification.objects.filter(
            criteria__test=test, purpose=Purpose.MINIMUM, signature__isnull=False
        )
        .order_by("code", "version")
        .first()
    )
    if relying:
        raise Refusal(
            "locked-attribute",
            "The quality attribute of %(test)s can no longer change, because the"
            " minimum specification %(minimum)s counts on it; add another test.",
            field="attribute",
            test=test.name,
            minimum=str(relying),
        )


def _measurable(test):
    text_checks.sound(test)
    others = Test.objects.filter(material_id=test.material_id).exclude(pk=test.pk)
    with if_known:
        if look(test.code) in map(look, others.values_list("code", flat=True)):
            raise Refusal(
                "taken",
                "Another test of this material has this code, or one that looks the"
                " same in print; choose another code.",
                field="code",
            )
    with if_known:
        _tells_words_apart(test.vocabulary)
    current = None
    if test.pk:
        current = test.methods.filter(is_current=True).first()
    with if_known:
        reportable_value.check(measurement_of(test, current or Method()))
    with if_known:
        if current:
            methods.check_results(test, current)
    with if_known:
        _fits_others(test)
    return test


def _fits_others(test):
    """Refuse a test that cannot correct others, or be corrected, or added, as said."""
    calculation = Calculation.of(test.calculation)
    corrects = calculation in ON_A_BASIS and not test.already_corrected
    with if_known:
        if corrects and test.water_test is None:
            raise Refusal(
                "water-test",
                "%(test)s is calculated on another basis: choose a test under"
                " “Corrected with the result of”, or select “Values are already on"
                " this basis”.",
                field="water_test",
                test=test.name,
            )
    with if_known:
        if test.water_test is not None and not corrects:
            raise Refusal(
                "water-test",
                "%(test)s is not corrected with another result; leave “Corrected with"
                " the result of” blank.",
                field="water_test",
                test=test.name,
            )
    with if_known:
        if test.already_corrected and calculation not in ON_A_BASIS:
            raise Refusal(
                "already-corrected",
                "Only a value on the anhydrous or dried basis can already be on this"
                " basis; clear “Values are already on this basis”.",
                field="already_corrected",
            )
    total = test.component_of
    with if_known:
        if total is not None and total.calculation != Calculation.TOTAL:
            raise Refusal(
                "component-of",
                "%(total)s is not a total of peaks, so no test can contribute to it;"
                " choose another test.",
                field="component_of",
                total=total.name,
            )
    with if_known:
        if total is not None and not _adds_up(test):
            raise Refusal(
                "component",
                "%(test)s cannot contribute to %(total)s: it must have numbers or"
                " peaks as results, and must not be a total or be corrected with"
                " another test.",
                field="component_of",
                test=test.name,
                total=total.name,
            )
    with if_known:
        if test.water_test is not None and not _corrects(test.water_test):
            raise Refusal(
                "water-test",
                "%(water)s cannot correct %(test)s: its results must be numbers that"
                " depend on no other test; choose the water or the loss on drying.",
                field="water_test",
                water=test.water_test.name,
                test=test.name,
            )
    with if_known:
        if test.pk and test.corrects.exists() and not _corrects(test):
            raise Refusal(
                "corrects",
                "Other tests are corrected with %(test)s, so its results must stay"
                " numbers that depend on no other test; change those tests first.",
                field="calculation",
                test=test.name,
            )
    with if_known:
        if test.pk and calculation != Calculation.TOTAL and test.components.exists():
            raise Refusal(
                "adds-up",
                "Other tests contribute to %(test)s, so it must stay a total; change"
                " those tests first.",
                field="calculation",
                test=test.name,
            )
    for field, other in (("water_test", test.water_test), ("component_of", total)):
        if other is None:
            continue
        if other.material_id != test.material_id or other.pk == test.pk:
            raise Refusal(
                "other-material",
                "%(other)s is not another test of the same material.",
                field=field,
                other=other.name,
            )


def _adds_up(test):
    """Say whether the test's value can be a part of a total, and be kept up with it."""
    return _is_number(test) and (
        test.calculation
        in (Calculation.SINGLE, Calculation.MEAN, Calculation.LARGEST_UNSPECIFIED)
        or test.already_corrected
    )


def _corrects(test):
    """Say whether the test's value can correct another one."""
    return _is_number(test) and test.calculation in (
        Calculation.SINGLE,
        Calculation.MEAN,
    )


def _is_number(test):
    if test.vocabulary or test.portion or test.is_text:
        return False
    return not (test.pk and test.methods.filter(is_current=True, is_limit_test=True))


def _tells_words_apart(words):
    """Refuse words that cannot be typed, or that a reader takes for each other."""
    if len(words) > MOST_WORDS:
        raise Refusal(
            "words",
            "A test has at most %(most)s possible results, and %(count)s were typed;"
            " remove some.",
            field="vocabulary",
            most=MOST_WORDS,
            count=len(words),
        )
    seen: dict[str, str] = {}
    for word in words:
        if len(word) > LONGEST_WORD:
            raise Refusal(
                "word-length",
                "%(word)s… has %(length)s characters; shorten it to at most"
                " %(longest)s.",
                field="vocabulary",
                word=word[:30],
                length=len(word),
                longest=LONGEST_WORD,
            )
        other = seen.setdefault(look(word), word)
        if other is not word:
            raise Refusal(
                "words-alike",
                "%(word)s and %(other)s look the same in print; remove one, or word it"
                " differently.",
                field="vocabulary",
                word=word,
                other=other,
            )
