"""Catalogue: the tests, methods and criteria of a material, as the rules read them.

Loaded once for any number of lots of the material. Reads, never writes.
"""

from collections import defaultdict
from collections.abc import Iterable

from lots.models import Criterion, Method, Test
from lots.rules import verdicts
from lots.rules.reportable_value import Calculation, Measurement
from lots.rules.rounding import Rule


class Catalogue:
    """The tests, procedures and criteria of a material, loaded once."""

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
                self.components[test.component_of_id].append(test)
            if test.water_test_id:
                self.corrected[test.water_test_id].append(test)
        self._criteria: dict[int, tuple[Criterion, ...]] = {}
        self._rules: dict[int, verdicts.Criterion] = {}
        self._measurements: dict[tuple[int, int], Measurement] = {}

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

    def criteria(self, specification_id: int) -> tuple[Criterion, ...]:
        """Return the criteria of a loaded specification in their order."""
        return self._criteria[specification_id]

    def rule(self, row: Criterion) -> verdicts.Criterion:
        """Return the criterion as the rules see it."""
        if row.pk not in self._rules:
            self._rules[row.pk] = criterion_of(row, unit=self.tests[row.test_id].unit)
        return self._rules[row.pk]

    def measurement(self, test_id: int, method_id: int) -> Measurement:
        """Return the test by this procedure as the rules see it."""
        key = test_id, method_id
        if key not in self._measurements:
            self._measurements[key] = measurement_of(
                self.tests[test_id], self.methods[method_id]
            )
        return self._measurements[key]


def measurement_of(test: Test, method: Method) -> Measurement:
    """Return the plain value that the rules take for a test and its procedure."""
    return Measurement(
        calculation=Calculation(test.calculation),
        determinations=test.determinations,
        injections=test.injections,
        spread_limit=test.spread_limit,
        threshold=test.threshold,
        at_threshold_counts=test.at_threshold_counts,
        already_corrected=test.already_corrected,
        vocabulary=tuple(test.vocabulary),
        lod=method.lod,
        loq=method.loq,
        portion=test.portion,
        unit=test.unit,
    )


def criterion_of(row: Criterion, *, unit: str) -> verdicts.Criterion:
    """Return the plain value that the rules take for a criterion."""
    return verdicts.Criterion(
        kind=verdicts.CriterionKind(row.kind),
        low=row.low,
        high=row.high,
        choices=tuple(row.choices),
        wording=row.wording,
        portion=row.portion,
        rounding=Rule(row.rounding),
        alert_low=row.alert_low,
        alert_high=row.alert_high,
        unit=unit,
    )
