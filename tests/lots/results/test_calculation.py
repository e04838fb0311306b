"""What rests on other results follows them: a total its peaks, an assay its water.

Whatever is corrected, in whatever order it is confirmed or refused, one value stands in
the end, worked out from what stands, and nobody has to sign an error that was none.
"""

import pytest

from lots.demo import bench
from lots.evaluation import evaluator
from lots.intake import test_orders
from lots.investigations import opening
from lots.models import Investigation, Result, Specification
from lots.results import result_entry, result_review
from lots.rules.refusal import Refusal
from reports.issuing import certificates
from tests.lots.pages import refused, signed_in
from tests.lots.setup.specifications import approved
from tests.lots.situations import ORAL

PEAKS = bench.peaks(rrt_0_45="0.081")


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


@pytest.fixture
def work(world, lot, at):
    return Work(world, lot, at)


class Work:
    """What people do with the lot, each in one line of a test."""

    def __init__(self, world, lot, at):
        self.world, self.cast, self.lot, self.at = world, world.cast, lot, at

    @property
    def test_order(self):
        return self.lot.test_orders.get()

    def begin(self, **values):
        """Enter the oral results with these and have them reviewed."""
        bench.enter(
            self.lot, self.world, {**ORAL, **values}, by=self.cast.lin, at=self.at
        )
        bench.review(self.cast, self.lot, at=self.at)

    def correct(self, code, value, *, kind="transcription"):
        result, _ = result_entry.enter_result(
            test_order=self.test_order,
            test=self.world.tests[code],
            by=self.cast.lin,
            at=self.at,
            determinations=value
            if isinstance(value, tuple)
            else bench.typed(*value.split()),
            seen=len(self.attempts(code)),
            kind=kind,
            reason="Why",
            raw_reference="LN-1, page 7",
        )
        return result

    def confirm(self, result):
        bench.confirm(self.cast, self.lot, result, at=self.at)

    def refuse(self, *results):
        result_review.send_back(
            test_order=self.test_order,
            results=results,
            by=self.cast.sofia,
            at=self.at,
            reason="The raw data say 0.6",
        )

    def release(self):
        """Have what waits submitted, reviewed and released, by the usual people."""
        evaluation = evaluator.evaluate(self.lot).of(self.test_order.pk)
        result_entry.submit(
            test_order=self.test_order,
            results=[
                attempt.result
                for attempts in evaluation.attempts.values()
                for attempt in attempts
                if attempt.stage == "entered"
            ],
            by=self.cast.lin,
            at=self.at,
        )
        bench.review(self.cast, self.lot, at=self.at)
        bench.release(
            self.cast, self.lot, "BAC-ORAL", at=self.at, justification="Corrected"
        )

    def attempts(self, code):
        evaluation = evaluator.evaluate(self.lot).of(self.test_order.pk)
        return evaluation.attempts.get(self.world.tests[code].pk, ())

    def valid(self, code):
        """Return the values that stand, each with whether its inputs stand too."""
        return [
            (one.reportable.text, not one.stale)
            for one in self.attempts(code)
            if one.is_valid
        ]


def open_cases():
    found = Investigation.objects.filter(closed_at=None).order_by("pk")
    return [case.result.test.code for case in found]


# --- what stands side by side -------------------------------------------------------


@pytest.mark.usefixtures("measured_before")
def test_every_total_that_rests_on_a_corrected_peak_is_worked_out_again(work):
    work.begin()
    work.correct("IMPA", "0.07", kind="remeasurement")
    work.correct("UNSPEC", PEAKS)

    assert work.valid("TOTAL") == [("0.081", True), ("0.151", True)]
    work.release()


@pytest.mark.usefixtures("measured_before")
def test_correction_of_one_of_two_peaks_leaves_the_other_total(work):
    work.begin()
    work.correct("IMPA", "0.07", kind="remeasurement")
    before = work.valid("TOTAL")
    work.correct("IMPA", "0.08")

    assert before[:1] == work.valid("TOTAL")[:1]
    assert len(work.valid("TOTAL")) == 2


def test_total_arises_once_a_peak_that_gave_none_is_corrected(work):
    values = {"IMPA": "0.04", "UNSPEC": bench.peaks(rrt_0_45="<0.9")}
    bench.enter(work.lot, work.world, values, by=work.cast.lin, at=work.at)
    before = work.valid("TOTAL")
    work.correct("UNSPEC", PEAKS)

    assert before == []
    assert work.valid("TOTAL") == [("0.081", True)]


# --- while a correction waits -------------------------------------------------------


@pytest.fixture
def peaks(work):
    """A peak that fails by itself with its correction; the other one corrected too."""
    work.begin(IMPA="0.25")
    waiting = work.correct("IMPA", "0.15")
    work.correct("UNSPEC", PEAKS)
    return waiting


def test_total_follows_a_peak_corrected_while_another_waits(work, peaks):
    work.confirm(peaks)

    assert work.valid("TOTAL") == [("0.231", True)]
    assert open_cases() == []
    work.release()


def test_total_follows_once_the_waiting_correction_is_refused(work, peaks):
    work.refuse(peaks)

    assert work.valid("TOTAL") == [("0.331", True)]
    assert open_cases() == ["IMPA"]


def test_total_waits_with_the_correction_of_its_peak(work, peaks):
    stages = [one.stage for one in work.attempts("TOTAL")]

    assert stages == ["reviewed", "unconfirmed"]
    assert work.valid("TOTAL") == [("0.301", False)]
    with pytest.raises(Refusal, match="waits for a reviewer"):
        opening.open_for_undecided(
            result=work.attempts("TOTAL")[0].result,
            by=work.cast.lin,
            at=work.at,
            reason="Why",
        )


@pytest.mark.parametrize("first", [0, 1])
def test_two_corrections_of_peaks_are_confirmed_in_either_order(work, first):
    work.begin(IMPA="0.60")
    waiting = [work.correct("IMPA", "0.06"), work.correct("UNSPEC", PEAKS)]
    work.confirm(waiting[first])
    work.confirm(waiting[1 - first])

    assert work.valid("TOTAL") == [("0.141", True)]
    assert open_cases() == []
    work.release()


@pytest.mark.parametrize("first", ["confirm", "refuse"])
def test_one_of_two_corrections_of_peaks_is_refused(work, first):
    """The total that failed is left by what was confirmed, in either order."""
    work.begin(IMPA="0.60", UNSPEC=bench.peaks(rrt_0_45="0.11"))
    refused_one = work.correct("UNSPEC", bench.peaks(rrt_0_45="0.01"))
    confirmed = work.correct("IMPA", "0.06")
    if first == "confirm":
        work.confirm(confirmed)
        work.refuse(refused_one)
    else:
        work.refuse(refused_one)
        work.confirm(confirmed)

    assert [fresh for _, fresh in work.valid("TOTAL")] == [True]
    assert "TOTAL" not in open_cases()
    failed = Investigation.objects.get(result__test__code="TOTAL", result__attempt=1)
    assert failed.signature.meaning == "confirmed"


@pytest.mark.parametrize("first", [0, 1])
def test_assay_and_water_are_corrected_while_both_wait(work, first):
    work.begin(ASSAY=bench.typed("97.0", "97.1"))
    waiting = [work.correct("ASSAY", "99.0 99.1"), work.correct("WATER", "0.31")]
    work.confirm(waiting[first])
    work.confirm(waiting[1 - first])

    assert work.valid("ASSAY") == [("99.4", True)]
    # No value was worked out from what was typed wrongly, so none was investigated.
    assert Investigation.objects.count() == 1
    assert open_cases() == []
    work.release()


def test_assay_follows_its_water_once_its_own_correction_is_refused(work):
    work.begin(ASSAY=bench.typed("97.0", "97.1"))
    assay, water = work.correct("ASSAY", "99.0 99.1"), work.correct("WATER", "0.31")
    work.confirm(water)
    work.refuse(assay)

    assert work.valid("ASSAY") == [("97.4", True)]
    assert open_cases() == ["ASSAY"]
    [case] = Investigation.objects.filter(closed_at=None)
    assert case.result.kind == "recalculation"


def test_first_peak_comes_while_the_correction_of_another_waits(work):
    bench.enter(work.lot, work.world, {"IMPA": "0.60"}, by=work.cast.lin, at=work.at)
    waiting = work.correct("IMPA", "0.06")
    bench.enter(work.lot, work.world, {"UNSPEC": PEAKS}, by=work.cast.lin, at=work.at)
    before = work.valid("TOTAL"), open_cases()
    work.confirm(waiting)

    assert before == ([("0.681", True)], ["IMPA", "TOTAL"])
    assert (work.valid("TOTAL"), open_cases()) == ([("0.141", True)], [])


def test_what_a_waiting_correction_may_replace_is_not_concluded(work):
    """Also where only a result that it was worked out from is corrected."""
    work.begin(IMPA="0.60")
    first = work.correct("IMPA", "0.61")
    work.correct("UNSPEC", PEAKS)
    work.confirm(first)
    case = Investigation.objects.get(closed_at=None, result__test__code="TOTAL")

    with pytest.raises(Refusal, match=r"correction of .* waits for a reviewer"):
        bench.conclude(
            work.cast,
            work.lot,
            case,
            at=work.at,
            conclusion="not_proven",
            cause="Seen in the chromatogram",
        )


def test_total_alone_is_not_complete_while_a_correction_of_its_peak_waits(work):
    approved(work.world, work.at, "BAC-TOT", TOTAL=("nmt", "", "0.5"))
    test_orders.add_assessment(
        test_order=work.test_order,
        specification=Specification.objects.get(code="BAC-TOT"),
        by=work.cast.lin,
        at=work.at,
    )
    work.begin(IMPA="0.60")
    first = work.correct("IMPA", "0.06")
    work.correct("UNSPEC", PEAKS)
    work.confirm(first)
    [one] = [
        each
        for each in evaluator.evaluate(work.lot).assessments
        if each.specification.code == "BAC-TOT"
    ]

    assert (
        "A correction of Any unspecified impurity (largest) waits for a reviewer"
        in (" ".join(map(str, one.blockers)))
    )


def test_certificate_says_what_was_worked_out_anew(work):
    work.begin(ASSAY=bench.typed("97.0", "97.1"))
    assay, water = work.correct("ASSAY", "99.0 99.0"), work.correct("WATER", "0.31")
    work.confirm(water)
    work.refuse(assay)
    work.confirm(work.correct("ASSAY", "99.0 99.1"))
    work.release()
    made = certificates.issue(
        assessment=bench.assessment(work.lot, "BAC-ORAL"),
        by=work.cast.chen,
        at=work.at,
        stated=bench.LABEL,
    )

    assert "An earlier value of 97.3 % (OOS-2026-00001) was calculated again" in (
        made.content
    )


# --- a computed value goes with its cause -------------------------------------------


@pytest.fixture
def waiting(work):
    """The total that waits with the correction of a peak."""
    work.begin(IMPA="0.60")
    work.correct("IMPA", "0.06")
    return Result.objects.filter(test__code="TOTAL").order_by("pk").last()


def test_computed_value_is_not_sent_back_without_its_correction(work, waiting):
    client = signed_in(work.cast.sofia)
    answer = client.post(
        f"/test-orders/{work.test_order.pk}/send-back/",
        {"result": [waiting.pk], "reason": "Why"},
    )

    assert refused(answer) == [
        "Total impurities, attempt 2, was calculated with a correction of Impurity A"
        " (lactam) that waits for a reviewer. Return that correction, and Total"
        " impurities is returned with it."
    ]
    assert work.attempts("TOTAL")[1].stage == "unconfirmed"


def test_computed_value_is_not_offered_to_be_confirmed(work, waiting):
    client = signed_in(work.cast.sofia)
    page = client.get(f"/test-orders/{work.test_order.pk}/review/")

    assert f"/results/{waiting.pk}/confirm/" not in page.content.decode()
    assert client.get(f"/results/{waiting.pk}/confirm/").status_code == 404


def test_correction_is_sent_back_from_its_page_with_what_rests_on_it(work, waiting):
    client = signed_in(work.cast.sofia)
    correction = Result.objects.get(test__code="IMPA", attempt=2)
    page = client.get(f"/results/{correction.pk}/confirm/").content.decode()
    address = f"/test-orders/{work.test_order.pk}/send-back/?result={correction.pk}"
    client.post(address, {"result": correction.pk, "reason": "Not in the raw data"})

    assert address in page
    assert [one.stage for one in work.attempts("TOTAL")] == ["reviewed", "invalidated"]


def test_who_confirms_did_not_enter_what_is_worked_out_then(work, peaks):
    work.confirm(peaks)

    total = work.attempts("TOTAL")[-1].result
    assert total.entered_by == work.cast.lin
