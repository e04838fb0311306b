"""Calculated results: an assay from its water, a total from its peaks.

A result is calculated again in the act that changes one of its inputs: when a value is
stored, and when a correction is verified or returned. The earlier result stays visible,
and a result that fails by itself is left to its investigation. A value that was stored
before its water is evaluated as the same attempt once the water is there.

One result replaces one other at most. While a correction waits for its second person,
nothing is calculated from it or from what it corrects.
"""

from collections import Counter

from lots.accounts.permissions import history
from lots.models import Kind, Result, Source
from lots.rules import reportable_value
from lots.rules.reportable_value import Calculation, Decimals, Determination
from lots.rules.states import AttemptStage


def follow(act, rows, test_order, before, results):
    """Store what new results change in those calculated from others.

    What a correction changes that waits for a reviewer is not valid either.
    """
    catalogue = rows.catalogue
    fed = _in_order(results, catalogue.fed_by)
    if not any(catalogue.components[one] or one in before.attempts for one in fed):
        return
    working = _Working(act, rows, test_order)
    for result in results:
        if result.needs_confirmation:
            working.with_waiting(result)
    for test_id in fed:
        working.again(test_id)
    for result in results:
        working.beside(result)
    rows.results.extend(working.found)


def decided(act, rows, test_order, corrections):
    """Store what follows once corrections were confirmed or refused; return it.

    What waited for the decision is calculated from the results that are valid now, also
    a corrected value whose water was corrected meanwhile.
    """
    touched = _in_order(corrections, rows.catalogue.touched_by)
    if not touched:
        return []
    working = _Working(act, rows, test_order)
    for test_id in touched:
        working.again(test_id)
    for result in corrections:
        working.beside(result)
    rows.results.extend(working.found)
    return working.found


def stored(determination):
    """Return a determination as the record keeps it: its fields by name.

    The file's own word only where a map translated it.
    """
    return {
        name: value
        for name, value in vars(determination).items()
        if value or name != "written"
    }


def _in_order(results, tests_of):
    """Return the tests that these results touch, each once, in a fixed order."""
    return sorted({pk for result in results for pk in tests_of(result.test_id)})


class _Working:
    """What one act calculates of a test order, as it is when the act begins."""

    def __init__(self, act, rows, test_order):
        self.found = []
        self._act, self._rows, self._test_order = act, rows, test_order
        self._now = rows.evaluation().of(test_order.pk)
        self._count: Counter[int] = Counter()

    def with_waiting(self, correction):
        """Calculate what a waiting correction would change, beside what is valid."""
        for test_id in sorted(self._rows.catalogue.fed_by(correction.test_id)):
            for base in self._free(test_id):
                if correction.replaces_id in base.inputs:
                    self._replace(base, instead=correction)

    def again(self, test_id):
        """Calculate again what waits for its water or rests on invalid results."""
        test = self._rows.catalogue.tests[test_id]
        for base in self._free(test_id):
            if base.inputs:
                if self._now.attempt(base.pk).stale:
                    self._replace(base)
            elif test.water_test_id and not test.already_corrected:
                self._replace(base)

    def beside(self, cause):
        """Calculate the total of a result on which none rests yet, beside the others.

        Like its cause: the first, or that of a re-measurement, retest or resample.
        """
        catalogue = self._rows.catalogue
        total_id = catalogue.tests[cause.test_id].component_of_id
        if not total_id or not self._now.attempt(cause.pk).is_valid:
            return
        chain = list(history(cause))
        if not {one.pk for one in chain}.isdisjoint(self._resting(total_id)):
            return
        sources = [
            self._now.attempt(cause.pk)
            if part.pk == cause.test_id
            else self._now.valid_result(part.pk)
            for part in catalogue.components[total_id]
        ]
        if all(source and source.reportable.usable for source in sources):
            self._keep(
                Result(
                    test=catalogue.tests[total_id],
                    kind=chain[-1].kind,
                    investigation_id=chain[-1].investigation_id,
                    method=catalogue.current_method[total_id],
                    **_facts(cause),
                ),
                sources,
                cause,
            )

    def _free(self, test_id):
        """Return the valid results of a test that no waiting one is to replace."""
        attempts = self._now.attempts.get(test_id, ())
        taken = {
            one.result.replaces_id
            for one in attempts
            if one.stage == AttemptStage.UNCONFIRMED
        } | {one.replaces_id for one in self.found}
        return [
            one.result
            for one in attempts
            if one.is_valid and one.result.pk not in taken
        ]

    def _resting(self, total_id):
        """Return what the totals rest on that are valid, or may be once confirmed."""
        totals = [
            one.result
            for one in self._now.attempts.get(total_id, ())
            if one.is_valid or one.stage == AttemptStage.UNCONFIRMED
        ]
        of_it = [one for one in self.found if one.test_id == total_id]
        return {pk for one in (*totals, *of_it) for pk in one.inputs}

    def _replace(self, base, *, instead=None):
        """Store a result in the place of one, from what is valid instead of its inputs.

        `instead` is a correction that counts although it still waits.
        """
        sources = [
            self._now.attempt(instead.pk)
            if instead is not None and pk == instead.replaces_id
            else self._in_place_of(pk)
            for pk in base.inputs
        ] or [self._now.valid_result(base.test.water_test_id)]
        is_total = base.test.calculation == Calculation.TOTAL
        if not all(
            source and (source.reportable.usable or not is_total) for source in sources
        ):
            return
        cause = next(one.result for one in sources if one.result.pk not in base.inputs)
        self._keep(
            Result(
                test=base.test,
                kind=Kind.RECALCULATION,
                replaces=base,
                needs_confirmation=instead is not None,
                determinations=base.determinations,
                method=base.method,
                reason=f"Calculated again from {cause.test.name}, attempt"
                f" {cause.attempt}",
                **_facts(base),
            ),
            sources,
            cause,
        )

    def _in_place_of(self, pk):
        """Return the valid attempt that took the place of this result.

        The last one of its test where what took it is gone too.
        """
        attempt = self._now.attempt(pk)
        while attempt and not attempt.is_valid:
            attempt = next(
                (
                    one
                    for one in self._now.attempts[attempt.test.pk]
                    if one.result.replaces_id == attempt.result.pk
                    and (one.is_valid or one.stage == AttemptStage.REPLACED)
                ),
                None,
            )
        return attempt or self._now.valid_result(self._now.attempt(pk).test.pk)

    def _keep(self, result, sources, cause):
        """Store a result of these sources; it counts as entered by who entered those.

        Who confirms or refuses a correction types nothing, and may review it.
        """
        act, test_id = self._act, result.test.pk
        self._count[test_id] += 1
        before = len(self._now.attempts.get(test_id, ()))
        result.test_order = self._test_order
        result.attempt = before + self._count[test_id]
        result.source = Source.COMPUTED
        result.inputs = [source.result.pk for source in sources]
        if result.test.calculation == Calculation.TOTAL:
            result.determinations = _added_up(sources)
            result.decimals = _decimals(sources)
        result.entered_by, result.entered_at = cause.entered_by, act.at
        self.found.append(act.create(result, lot=self._rows.lot))


def _facts(result):
    """Return what a value has in common with the result it is calculated from."""
    return {
        "laboratory": result.laboratory,
        "sample": result.sample,
        "raw_reference": result.raw_reference,
        "run": result.run,
        "performed_by": result.performed_by,
        "performed_on": result.performed_on,
        "started_on": result.started_on,
        "decimals": result.decimals,
    }


def _decimals(sources):
    """Return what is known of the decimals of a total: as of all its parts."""
    found = {source.result.decimals for source in sources}
    return found.pop() if len(found) == 1 else Decimals.LOST


def _added_up(sources):
    """Return the determinations of a total: its named peaks, and the other ones."""
    found = []
    for source in sources:
        if source.test.calculation == Calculation.LARGEST_UNSPECIFIED:
            found += source.result.determinations
        else:
            found.append(
                stored(
                    Determination(
                        text=reportable_value.exact(source.reportable),
                        component=source.test.name,
                        specified=True,
                    )
                )
            )
    return found
