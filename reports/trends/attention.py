"""Attention: tests of a process whose last results ask for a look, in plain values.

A signal of a run rule or an OOS of the last days, a Ppk that fell, and a line that
drifts to a limit. A statistic informs and decides nothing.
"""

import math
from dataclasses import replace

from lots.consistency import analysis
from lots.evaluation import test_series
from lots.evaluation.test_series import Range
from lots.models import Material, Purpose
from lots.setup import master_data, specification_versions
from lots.statistics.capability import LEAST, Index
from lots.statistics.samples import NotCalculated
from lots.statistics.straight_line import straight_line

# How many of the last lots are looked at, and how many a picture shows.
LAST, SHOWN = 50, 24
# What a reason says, the gravest first.
GRAVEST = ("oos", "signal", "falling", "drift")
# A slope that chance gives less often than this is one; two-sided.
_CHANCE = 0.01


def of_process(material_id, use, process, site_id, *, since, on):
    """Return the tests of the process that need attention, as plain dictionaries.

    A result counts from the moment on at which it was entered, `since`. Of each kind of
    reason a test has one, the latest; the gravest comes first.
    """
    catalogue = master_data.current().catalogue(material_id)
    tests = [pk for pk in catalogue.tests if test_series.has_numbers(catalogue, pk)]
    asked = Range(material_id, use, process=process, site_id=site_id, last=LAST)
    series = test_series.series_of(asked, tests)
    limits = _limits(material_id, use, catalogue, on)
    found = []
    for test_id, own in series.of_test.items():
        if not own.values:
            continue
        trend = analysis.trend(own, limits=limits.get(test_id), with_alarms=False)
        latest = {
            one["why"]: one
            for one in (
                *_signals(trend, since),
                *_falling(own, limits.get(test_id)),
                *_drift(own, limits.get(test_id)),
            )
        }
        reasons = [latest[why] for why in GRAVEST if why in latest]
        if reasons:
            shown = trend.points[-SHOWN:]
            found.append(
                {
                    "test": test_id,
                    "reasons": reasons,
                    "points": [
                        (
                            float(one.of_lot.value),
                            one.is_hollow,
                            one.is_oos,
                            bool(one.rules),
                        )
                        for one in shown
                    ],
                }
            )
    return found


def _limits(material_id, use, catalogue, on):
    material = Material.objects.get(pk=material_id)
    effective = specification_versions.effective(
        material=material, on=on, use=use, purposes=(Purpose.RELEASE,)
    )
    own = [one for one in effective if one.may_release_alone]
    specification = next(iter(own or effective), None)
    if specification is None:
        return {}
    catalogue.load_criteria([specification.pk])
    return {
        row.test_id: analysis.limits_of(catalogue.rule(row))
        for row in catalogue.criteria(specification.pk)
    }


def _signals(trend, since):
    """Yield the OOS and the signals at lots whose result was entered since."""
    for point in trend.points:
        if point.of_lot.attempt.result.entered_at < since:
            continue
        lot = {"lot": point.of_lot.lot_id, "number": point.of_lot.number}
        lot["value"] = point.of_lot.text
        if point.is_oos:
            yield {"why": "oos", **lot}
        for rule in point.rules:
            yield {"why": "signal", "rule": rule.name, **lot}


def _falling(own, limits):
    """Yield it where the Ppk of the last lots is surely less than of those before.

    The 95 % intervals of the last 25 lots and of the 25 before do not overlap.
    """
    if limits is None or len(own.values) < 2 * LEAST:
        return
    last, before = (
        analysis.trend(
            replace(own, values=values), limits=limits, with_alarms=False
        ).overall
        for values in (own.values[-LEAST:], own.values[-2 * LEAST : -LEAST])
    )
    if (
        isinstance(last, Index)
        and isinstance(before, Index)
        and last.nearest.upper < before.nearest.lower
    ):
        yield {
            "why": "falling",
            "ppk": f"{last.nearest.estimate:.2f}",
            "before": f"{before.nearest.estimate:.2f}",
        }


def _drift(own, limits):
    """Yield it where a line through the last 25 lots meets a limit in 25 more.

    The slope is surely none of chance, and no result is below LOQ.
    """
    values = [one for one in own.values if not one.of_rejected_lot][-LEAST:]
    if limits is None or len(values) < LEAST or any(one.is_censored for one in values):
        return
    places = list(range(len(values)))
    try:
        line = straight_line(places, [float(one.value) for one in values]).line
    except NotCalculated:
        return
    if abs(line.slope) <= line.quantile(1 - _CHANCE / 2) * line.slope_error:
        return
    limit = limits.upper if line.slope > 0 else limits.lower
    if limit is None:
        return
    last = line.at(places[-1])
    lots = (limit - last) / line.slope
    if 0 < lots <= LEAST:
        yield {"why": "drift", "lots": math.ceil(lots - 1e-6)}
