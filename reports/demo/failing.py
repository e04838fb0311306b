"""Stories of results that fail, or nearly fail.

Each story takes the life it is played in, its lot number and its first day. It also
tries what must be refused, and stops the demo if it is not.
"""

import datetime

from lots.demo import bench
from lots.investigations import conduct
from lots.models import (
    Investigation,
    Lot,
)
from lots.release import disposition
from lots.results import invalid_runs, result_entry
from lots.rules.laboratory_error import WhyInvalid
from reports.demo import values

DAY = datetime.timedelta(days=1)


def proven_dilution_error(life, number, start):
    """An assay of 97.2, a proven dilution error, two retests beside it."""
    lot = yield from _failed_assay(life, number, start)
    investigation = yield from _retested(
        life, lot, start, preparation="The flask on the bench was one of 250 mL"
    )
    yield start + 9 * DAY
    bench.conclude(
        life.cast,
        lot,
        investigation,
        at=start + 9 * DAY,
        conclusion="proven",
        cause="A 250 mL flask was used for 200 mL.",
        evidence="Bench photograph and weighing record, LN-26 page 88",
    )
    yield start + 10 * DAY
    life.review(lot, at=start + 10 * DAY)
    yield start + 11 * DAY
    life.release(
        lot,
        at=start + 11 * DAY,
        deviations=investigation.number,
        justification="The laboratory error is proven and the material was not"
        " touched by it.",
    )
    yield start + 12 * DAY
    life.issue(lot, at=start + 12 * DAY)


def unproven_fail(life, number, start):
    """Its twin: nothing is proven; 99.0 and 99.1 follow; the lot is rejected."""
    lot = yield from _failed_assay(life, number, start)
    investigation = yield from _retested(life, lot, start)
    yield start + 12 * DAY
    bench.conclude(
        life.cast,
        lot,
        investigation,
        at=start + 12 * DAY,
        conclusion="not_proven",
        cause="Weighing, standard, instrument and calculation were right; no cause"
        " was found, so the first result stands.",
    )
    life.must_refuse(
        lambda: life.release(
            lot, at=start + 12 * DAY, justification="99.0 and 99.1 followed"
        ),
        "a lot with a result that fails",
    )
    yield start + 13 * DAY
    bench.decide(
        life.cast,
        disposition.reject,
        lot,
        at=start + 13 * DAY,
        reason=f"Assay 97.2 % stands ({investigation.number})",
    )


def _failed_assay(life, number, start):
    yield start + 2 * DAY
    lot = life.log(number, start.date(), at=start + 2 * DAY)
    yield start + 3 * DAY
    results = {
        **values.oral(life.chance),
        **life.due(lot),
        "WATER": "0.10",
        "ASSAY": bench.typed("97.1", "97.1"),
    }
    life.enter(lot, results, at=start + 3 * DAY)
    yield start + 4 * DAY
    life.review(lot, at=start + 4 * DAY)
    return lot


def _retested(life, lot, start, **wrong):
    """Phase I, which found this `wrong`, then the plan and two retests."""
    investigation = Investigation.objects.get(lot=lot)
    yield start + 5 * DAY
    bench.phase_one(
        life.cast,
        lot,
        investigation,
        at=start + 5 * DAY,
        by=life.reviewer(lot.number),
        **wrong,
    )
    conduct.plan(
        investigation=investigation,
        by=life.cast.olga,
        at=start + 5 * DAY,
        hypothesis="Dilution error in the sample preparation; two retests by a"
        " second analyst on the same sample.",
        planned_retests=2,
    )
    second = {life.cast.lin: life.cast.marek, life.cast.marek: life.cast.lin}[
        life.analyst(lot.number)
    ]
    if wrong:
        # The preparation that was kept, measured again: it tests the hypothesis.
        life.further(
            lot, "ASSAY", "97.1", "97.2", at=start + 5 * DAY, by=second,
            kind="remeasurement", reason="The kept solution, for the hypothesis",
        )  # fmt: skip
    for days, value in ((6, "98.9"), (7, "99.0")):
        yield start + days * DAY
        life.further(
            lot, "ASSAY", value, value, at=start + days * DAY, by=second,
            kind="retest", reason=f"Retest planned in {investigation.number}",
        )  # fmt: skip
    return investigation


def transcription_correction(life, number, start):
    """97.9 typed for 99.7, found by the analyst, confirmed by a second person.

    The run before was not suitable, and a peak was integrated anew.
    """
    yield start + 2 * DAY
    lot = life.log(number, start.date(), at=start + 2 * DAY)
    yield start + 3 * DAY
    invalid_runs.record_invalid_run(
        lot=lot,
        by=life.analyst(number),
        at=start + 3 * DAY,
        run=f"HPLC-{start + 3 * DAY:%y%m%d}-A",
        why=WhyInvalid.SUITABILITY,
        happened="Tailing of the standard 2.3, at most 1.5 is allowed",
        evidence=f"CDS sequence {start + 3 * DAY:%Y%m%d}-A",
    )
    results = {
        **values.oral(life.chance),
        **life.due(lot),
        "WATER": "0.05",
        "ASSAY": bench.typed("97.7", "97.6"),
    }
    life.enter(lot, results, at=start + 3 * DAY)
    corrected = life.further(
        lot, "ASSAY", "99.7", "99.6", at=start + 3 * DAY, kind="transcription",
        reason="Digits exchanged: the chromatogram prints 99.7 and 99.6",
    )  # fmt: skip
    reprocessed = life.further(
        lot, "IMPA", "0.05", at=start + 3 * DAY, kind="reprocessing",
        reason="The baseline was drawn through the shoulder of the peak",
    )  # fmt: skip
    yield start + 4 * DAY
    for one, wrong in (
        (corrected, {}),
        (reprocessed, {"calculation": "Baseline through the shoulder of the peak"}),
    ):
        bench.confirm(
            life.cast,
            lot,
            one,
            at=start + 4 * DAY,
            by=life.reviewer(lot.number),
            **wrong,
        )
    result_entry.submit(
        test_order=lot.test_orders.get(),
        results=[corrected, reprocessed],
        by=life.analyst(number),
        at=start + 4 * DAY,
    )
    yield start + 5 * DAY
    life.review(lot, at=start + 5 * DAY)
    yield start + 7 * DAY
    investigation = Investigation.objects.get(lot=lot)
    life.release(
        lot,
        at=start + 7 * DAY,
        deviations=investigation.number,
        justification="A transcription error, confirmed against the raw data.",
    )
    yield start + 8 * DAY
    life.issue(lot, at=start + 8 * DAY)


def endotoxins(life, number, start):
    """Endotoxins 4.2 EU/mg: confirmed, closed; oral with QA's justification."""
    yield start + 2 * DAY
    lot = life.log(number, start.date(), at=start + 2 * DAY, use="intrathecal")
    yield start + 3 * DAY
    results = {
        **values.intrathecal(life.chance),
        "BET": "4.2",
        "ECOLI": "Absent",
        "D90": "128",
    }
    life.enter(lot, results, at=start + 3 * DAY)
    investigation = Investigation.objects.get(lot=lot)
    yield start + 4 * DAY
    life.review(lot, at=start + 4 * DAY)
    conduct.plan(
        investigation=investigation,
        by=life.cast.olga,
        at=start + 4 * DAY,
        hypothesis="Interference or contamination of the test; one retest.",
        planned_retests=1,
    )
    yield start + 5 * DAY
    life.further(
        lot, "BET", "4.0", at=start + 5 * DAY, kind="retest",
        reason=f"Retest planned in {investigation.number}",
    )  # fmt: skip
    yield start + 8 * DAY
    bench.conclude(
        life.cast,
        lot,
        investigation,
        at=start + 8 * DAY,
        conclusion="not_proven",
        cause="The retest confirms it: water of the last wash was out of control.",
    )
    life.review(lot, at=start + 8 * DAY)
    yield start + 9 * DAY
    bench.refuse(
        life.cast,
        lot,
        "BAC-IT",
        at=start + 9 * DAY,
        reason=f"Bacterial endotoxins above 2.0 EU/mg ({investigation.number})",
    )
    yield start + 10 * DAY
    life.release(
        lot,
        at=start + 10 * DAY,
        deviations=investigation.number,
        justification="Endotoxins are not a criterion of oral products; the cause"
        " touches no criterion of BAC-ORAL.",
    )
    yield start + 11 * DAY
    life.issue(lot, at=start + 11 * DAY)


def at_the_limits(life, number, start):
    """Every value at its limit or just inside after rounding."""
    results = {
        **values.oral(life.chance),
        "WATER": "1.04",
        "ASSAY": bench.typed("97.0", "96.95"),
        "IMPA": "0.204",
        "UNSPEC": bench.peaks(rrt_0_45="0.104", rrt_1_20="0.050"),
        "ROI": "0.14",
        "MEOH": "3000",
        "TOL": "890.4",
        "IPA": "4999.5",
        "TAMC": "2000",
        "TYMC": "200",
        "D90": "200.4",
    }
    yield from life.ordinary(number, start, results=results)


def just_above(life, number, start):
    """2-Propanol a hair above its limit: refused, rejected."""
    yield from life.ordinary(
        number,
        start,
        results={**values.oral(life.chance), "IPA": "5000.5"},
        until="review",
    )
    lot = Lot.objects.get(number=number)
    investigation = Investigation.objects.get(lot=lot)
    at = start + 9 * DAY
    yield at
    bench.conclude(
        life.cast,
        lot,
        investigation,
        at=at,
        conclusion="not_proven",
        cause="No laboratory error was found; drying was cut short.",
    )
    bench.refuse(life.cast, lot, "BAC-ORAL", at=at, reason="2-Propanol 5001 ppm")
    bench.decide(
        life.cast, disposition.reject, lot, at=at, reason="2-Propanol 5001 ppm"
    )
