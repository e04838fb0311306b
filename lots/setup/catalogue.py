"""Catalogue: the tests, methods and criteria of a material, as the rules read them.

Loaded once for any number of lots of the material; what is asked for it again gets the
one that `master_data` keeps. Reads, never writes.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from lots.models import Approval, Criterion, Method, Purpose, Specification, Test
from lots.rules import minimum as rules_minimum
from lots.rules import verdicts
from lots.rules.measurement import COMPLIES, DOES_NOT_COMPLY
from lots.rules.minimum import Asked
from lots.rules.refusal import Refusal
from lots.rules.reportable_value import Calculation, Measurement
from lots.rules.rounding import Rule
from lots.rules.unknown import UNKNOWN, of_known
from lots.rules.verdicts import Requirement


class Catalogue:
    """The tests, methods, criteria and minimums of a material, loaded once.

    `minimums` are the minimum specifications in force, by use.
    """

    def __init__(self, material_id: int) -> None:
        self.material_id = material_id
        self.tests = {
            test.pk: test for test in Test.objects.filter(material_id=material_id)
        }
        self.methods = {
            method.pk: method
            for method in Method.objects.filter(test__material_id=material_id)
        }
        self.current_method = {
            method.test_id: method
            for method in self.methods.values()
            if method.is_current
        }
        self.components: defaultdict[int, list[Test]] = defaultdict(list)
        self.corrected: defaultdict[int, list[Test]] = defaultdict(list)
        for test in sorted(self.tests.values(), key=lambda test: test.pk):
            if test.component_of_id:
                test.component_of = self.tests[test.component_of_id]
                self.components[test.component_of_id].append(test)
            if test.water_test_id:
                self.corrected[test.water_test_id].append(test)
        self.minimums = minimums(material_id)
        self._specifications: dict[int, Specification] = {}
        self._criteria: dict[int, tuple[Criterion, ...]] = {}
        self._rules: dict[int, verdicts.Criterion] = {}
        self._alike: dict[verdicts.Criterion, verdicts.Criterion] = {}
        self._shortfalls: dict[tuple[int, int], dict[int, tuple[Refusal, ...]]] = {}
        self._measurements: dict[tuple[int, int], Measurement] = {}

    @cached_property
    def periodic(self) -> frozenset[int]:
        """Return the tests that any specification asks only periodically, as keys."""
        return frozenset(
            Criterion.objects.filter(
                specification__material=self.material_id,
                requirement=Requirement.PERIODIC,
            ).values_list("test", flat=True)
        )

    def fed_by(self, test_id: int) -> set[int]:
        """Return the tests whose value is worked out from this one's, as keys."""
        total_id = self.tests[test_id].component_of_id
        corrected = {test.pk for test in self.corrected[test_id]}
        return {*corrected, *filter(None, [total_id])}

    def touched_by(self, test_id: int) -> set[int]:
        """Return the tests whose value rests on this one, itself included, as keys."""
        return {test_id, *self.fed_by(test_id)}

    def load_criteria(self, specification_ids: Iterable[int]) -> None:
        """Load the criteria of the specifications that are not loaded yet."""
        wanted = set(specification_ids) - set(self._criteria)
        if wanted:
            found = defaultdict(list)
            for row in Criterion.objects.filter(specification_id__in=wanted).order_by(
                "specification_id", "position"
            ):
                row.test = self.tests[row.test_id]
                found[row.specification_id].append(row)
            for pk in wanted:
                self._criteria[pk] = tuple(found[pk])

    def specifications(
        self, specification_ids: Iterable[int]
    ) -> dict[int, Specification]:
        """Return the specifications by key, each with its signature."""
        wanted = set(specification_ids)
        if missing := wanted - set(self._specifications):
            self._specifications |= Specification.objects.select_related(
                "signature"
            ).in_bulk(missing)
        return {pk: self._specifications[pk] for pk in wanted}

    def criteria(self, specification_id: int) -> tuple[Criterion, ...]:
        """Return the criteria of a loaded specification in their order."""
        return self._criteria[specification_id]

    def rule(self, row: Criterion) -> verdicts.Criterion:
        """Return the criterion as the rules see it; equal ones are one object."""
        if row.pk not in self._rules:
            rule = criterion_of(row, unit=self.tests[row.test_id].unit)
            self._rules[row.pk] = self._alike.setdefault(rule, rule)
        return self._rules[row.pk]

    def shortfalls(self, specification_id: int, use: str) -> tuple[Refusal, ...]:
        """Return where a loaded specification falls short of the minimum of the use.

        Nothing where no minimum is in force; its criteria are loaded too.
        """
        least = self.minimums.get(use)
        if least is None:
            return ()
        found = self._shortfalls_by_test(specification_id, least)
        return tuple(one for several in found.values() for one in several)

    def falls_short(self, specification_id: int, test_id: int, use: str) -> bool:
        """Say whether the specification asks less of the test than the minimum."""
        least = self.minimums.get(use)
        return least is not None and bool(
            self._shortfalls_by_test(specification_id, least).get(test_id)
        )

    def _shortfalls_by_test(
        self, specification_id: int, least: Specification
    ) -> dict[int, tuple[Refusal, ...]]:
        key = specification_id, least.pk
        if key not in self._shortfalls:
            self._shortfalls[key] = shortfalls_by_test(
                self.criteria(specification_id),
                self.criteria(least.pk),
                minimum=str(least),
            )
        return self._shortfalls[key]

    def has_versions(self, test_id: int) -> bool:
        """Say whether the test has, or had, more than one method or version of it."""
        found = [one for one in self.methods.values() if one.test_id == test_id]
        return len(found) > 1

    def measurement(self, test_id: int, method_id: int) -> Measurement:
        """Return the test by this method as the rules see it."""
        key = test_id, method_id
        if key not in self._measurements:
            self._measurements[key] = measurement_of(
                self.tests[test_id], self.methods[method_id]
            )
        return self._measurements[key]


def minimums(material_id: int) -> dict[str, Specification]:
    """Return the minimum specifications of the material in force, by use.

    A minimum is effective when it is approved. Per code the highest version ever
    approved decides; if that was withdrawn since, the use has no minimum.
    """
    highest = {
        (row.use, row.code): row
        for row in Specification.objects.filter(
            material_id=material_id, purpose=Purpose.MINIMUM, signature__isnull=False
        ).order_by("version")
    }
    return {row.use: row for row in highest.values() if row.state == Approval.APPROVED}


def shortfalls(
    given: Iterable[Criterion], least: Iterable[Criterion], *, minimum: str
) -> tuple[Refusal, ...]:
    """Return where the criteria fall short of those of a minimum, in its order.

    Takes rows with their tests; `minimum` is its name in the sentences.
    """
    found = shortfalls_by_test(given, least, minimum=minimum)
    return tuple(one for several in found.values() for one in several)


def shortfalls_by_test(
    given: Iterable[Criterion], least: Iterable[Criterion], *, minimum: str
) -> dict[int, tuple[Refusal, ...]]:
    """Return the shortfalls of each test of the minimum, by its key."""
    asked = {row.test_id: asked_of(row) for row in given}
    return {
        row.test_id: tuple(
            rules_minimum.shortfalls(
                asked.get(row.test_id),
                asked_of(row),
                test=row.test.name,
                minimum=minimum,
            )
        )
        for row in least
    }


def asked_of(row: Criterion) -> Asked:
    """Return the plain value that the rules take for a criterion and its frequency."""
    return Asked(
        criterion_of(row, unit=row.test.unit),
        verdicts.Requirement.of(row.requirement),
        row.every_lots,
        row.every_months,
    )


def measurement_of(test: Test, method: Method) -> Measurement:
    """Return the plain value that the rules take for a test and its method."""
    return Measurement(
        calculation=of_known(Calculation.of, test.calculation),
        determinations=test.determinations,
        injections=test.injections,
        spread_limit=test.spread_limit,
        threshold=test.threshold,
        at_threshold_counts=test.at_threshold_counts,
        already_corrected=test.already_corrected,
        vocabulary=(
            (COMPLIES, DOES_NOT_COMPLY)
            if method.is_limit_test
            else of_known(tuple, test.vocabulary)
        ),
        lod=method.lod,
        loq=method.loq,
        portion=test.portion,
        unit=test.unit,
        is_text=test.is_text,
        reported_from=_reported_from(test),
        uncertainty=method.uncertainty,
    )


def _reported_from(test: Test) -> str:
    """Return the reporting threshold of the total that a value is added to.

    A test of peaks has its own, by which it leaves peaks out.
    """
    if UNKNOWN is test.component_of_id or UNKNOWN is test.threshold:
        return ""
    total = test.component_of
    return total.threshold if total and not test.threshold else ""


def criterion_of(row: Criterion, *, unit: str) -> verdicts.Criterion:
    """Return the plain value that the rules take for a criterion."""
    return verdicts.Criterion(
        kind=verdicts.CriterionKind.of(row.kind),
        low=row.low,
        high=row.high,
        choices=tuple(row.choices),
        wording=row.wording,
        portion=row.portion,
        rounding=Rule.of(row.rounding),
        decimals=row.decimals,
        alert_low=row.alert_low,
        alert_high=row.alert_high,
        unit=unit,
    )
