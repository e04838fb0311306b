"""Consistency of a lot: held against the lots before it; findings from submit to QA."""

import datetime

import pytest

from lots.consistency import findings
from lots.demo import bench
from lots.models import AuditEntry, ConsistencyFinding, Signature
from lots.release import disposition
from lots.rules.refusal import Refusal
from lots.workflow import lot_status_rebuild
from tests.lots.pages import signed_in, words
from tests.lots.situations import ORAL
from tests.world import change

STEADY = (
    "0.21", "0.24", "0.19", "0.22", "0.25", "0.20", "0.23", "0.18", "0.22", "0.21",
)  # fmt: skip
PASSWORD = "training-2026-only"


@pytest.fixture
def history(world, at):
    """Return a function that makes a lot a day, each with a water of its own."""

    def make(values, *, submit=True):
        lots = []
        for place, value in enumerate(values):
            lot = bench.log(
                world.cast,
                world,
                at=at,
                number=f"BAC-26-{701 + place}",
                manufactured_on=at.date() - datetime.timedelta(80 - place),
            )
            bench.enter(
                lot, world, {"WATER": value}, by=world.cast.lin, at=at, submit=submit
            )
            lots.append(lot)
        return lots

    return make


@pytest.fixture
def tab(world):
    def ask(lot, **query):
        return signed_in(world.cast.chen).get(f"/lots/{lot.pk}/consistency/", query)

    return ask


# --- the tab ------------------------------------------------------------------------


@pytest.mark.postgres
def test_lot_is_held_against_the_lots_before_it(history, tab):
    lots = history([*STEADY, "0.45", "0.21"])

    shown = tab(lots[10])

    [water] = shown.context["multiples"]
    assert water.words == "Nelson 1: One point beyond 3 sigma"
    assert water.is_signal
    assert "against the 10 lots before it of process" in words(shown)
    # The lot itself moves no limit, and no later lot does.
    [of_water] = shown.context["history"].tests
    assert of_water.trend.chart.n == 10
    assert of_water.own.of_lot.number == "BAC-26-711"
    # Sigma is 0.32 / 9 / 1.128.
    assert of_water.own.distance == pytest.approx((0.45 - 0.215) / 0.031521, rel=1e-3)
    assert "as before" in words(tab(lots[11]))


def test_signals_come_first_and_can_be_shown_alone(world, at, history, tab):
    lots = history([*STEADY, "0.45"])
    bench.enter(lots[10], world, {"MEOH": "112"}, by=world.cast.lin, at=at)

    names = [one.test.name for one in tab(lots[10]).context["multiples"]]
    alone = [
        one.test.name for one in tab(lots[10], show="signals").context["multiples"]
    ]

    assert names == ["Water (Karl Fischer)", "Methanol"]
    assert alone == ["Water (Karl Fischer)"]


def test_what_is_not_measured_yet_is_not_shown(history, world, at, tab):
    """What earlier lots had would lead who still has to measure it."""
    history(STEADY)
    lot = bench.log(world.cast, world, at=at, number="BAC-26-800")

    shown = tab(lot)

    assert shown.context["history"].tests == ()
    assert "No test of this lot has a number yet" in words(shown)
    assert "0.25" not in words(shown)


def test_too_few_lots_say_so(history, tab):
    lots = history(STEADY[:3])

    [water] = tab(lots[2]).context["multiples"]

    assert water.words == ""
    assert "at least" in water.refused


# --- findings -----------------------------------------------------------------------


def of(lot):
    return list(findings.of(lot))


@pytest.mark.postgres
def test_signal_is_stored_at_submit_with_the_numbers_behind_it(history, world, at):
    lots = history([*STEADY, "0.45"], submit=False)
    assert of(lots[10]) == []

    bench.submit(lots[10], by=world.cast.lin, at=at)

    [found] = of(lots[10])
    # The moving ranges add up to 0.32: 0.215 and 2.66 times 0.32 / 9 to each side.
    assert found.text == (
        "Water (Karl Fischer) 0.45 %: Nelson 1, One point beyond 3 sigma. Of 10 lots"
        " before it the mean is 0.215, the control limits are 0.120 and 0.310."
    )
    [entry] = AuditEntry.objects.filter(table="lots_consistencyfinding")
    assert entry.action == "submit"


def test_later_lots_change_no_finding(history, world, at):
    lots = history([*STEADY, "0.45"])
    [before] = of(lots[10])

    for place, value in enumerate(("0.44", "0.46", "0.45")):
        lot = bench.log(world.cast, world, at=at, number=f"BAC-26-75{place}")
        bench.enter(lot, world, {"WATER": value}, by=world.cast.lin, at=at)

    assert [one.text for one in of(lots[10])] == [before.text]


def test_decimal_point_that_slipped_is_noticed(history):
    lots = history([*STEADY[:5], "2.2"])

    assert (
        "Water (Karl Fischer): 2.2 is 10 times what earlier lots show (0.19 to 0.25);"
        " the decimal point may have slipped."
    ) in [one.text for one in of(lots[5])]


def test_value_on_its_limit_is_noticed(history):
    lots = history([*STEADY[:2], "1.0"])

    assert [one.text for one in of(lots[2])] == [
        "Water (Karl Fischer): 1.0 is exactly the limit."
    ]


def test_lot_alone_is_like_no_other(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-701")
    bench.enter(lot, world, {**ORAL, "WATER": "1.0"}, by=world.cast.lin, at=at)

    assert of(lot) == []


def test_a_result_that_is_submitted_again_is_noticed_once(history, world, at):
    from lots.results import result_review

    lots = history([*STEADY, "0.45"])
    [order] = lots[10].test_orders.all()
    result_review.send_back(
        test_order=order, results=list(order.results.all()), by=world.cast.sofia,
        at=at, reason="Chromatogram",
    )  # fmt: skip

    bench.submit(lots[10], by=world.cast.lin, at=at)

    assert len(of(lots[10])) == 1


# --- the reviewer -------------------------------------------------------------------


@pytest.fixture
def signalled(history):
    """The lot with a signal, and its finding."""
    lot = history([*STEADY, "0.45"])[10]
    return lot, ConsistencyFinding.objects.get(lot=lot)


def sent(lot, page, **more):
    """Return what the page of the review sends with everything selected."""
    form = page.context["form"]
    return {
        "result": [one.pk for one in lot.test_orders.get().results.all()],
        "listed": page.context["listed"],
        "password": PASSWORD,
        **{name: "on" for name in form.fields if name.startswith("stated_")},
        **more,
    }


@pytest.mark.postgres
def test_reviewer_acknowledges_each_finding_before_signing(signalled, world):
    lot, found = signalled
    order = lot.test_orders.get()
    sofia = signed_in(world.cast.sofia)
    page = sofia.get(f"/test-orders/{order.pk}/review/")
    assert found.text in words(page)
    address = f"/test-orders/{order.pk}/review/sign/"

    refused = sofia.post(address, sent(lot, page))
    assert refused.status_code == 422
    assert "a finding was not acknowledged" in words(refused)
    seen = {f"seen_{found.pk}": "on"}
    refused = sofia.post(address, sent(lot, page, **seen))
    assert "Write what you make of the finding" in words(refused)
    assert not Signature.objects.filter(lot=lot).exists()

    comment = {f"comment_{found.pk}": "The dryer was cold; batch record page 4."}
    done = sofia.post(address, sent(lot, page, **seen, **comment))

    assert done.status_code == 302, words(done)
    found.refresh_from_db()
    assert found.comment == "The dryer was cold; batch record page 4."
    signature = Signature.objects.get(lot=lot)
    assert found.review == signature
    assert found.comment in signature.text
    assert found.text[:40] in signature.text


def test_what_was_typed_is_kept_where_it_is_refused(signalled, world):
    lot, found = signalled
    order = lot.test_orders.get()
    sofia = signed_in(world.cast.sofia)
    page = sofia.get(f"/test-orders/{order.pk}/review/")

    refused = sofia.post(
        f"/test-orders/{order.pk}/review/sign/",
        sent(lot, page, **{f"comment_{found.pk}": "The dryer was cold"}),
    )

    assert 'value="The dryer was cold"' in refused.content.decode()


def test_releaser_reads_the_finding_and_the_comment(signalled, world, at):
    lot, found = signalled
    bench.enter(
        lot, world, {code: value for code, value in ORAL.items() if code != "WATER"},
        by=world.cast.lin, at=at,
    )  # fmt: skip
    bench.review(world.cast, lot, at=at)
    assessment = bench.assessment(lot, "BAC-ORAL")

    page = signed_in(world.cast.chen).get(f"/assessments/{assessment.pk}/release/")

    assert found.text in words(page)
    reviewer = world.cast.sofia.printed_name
    assert f"{reviewer}: Read; the method and the sample were in order." in words(page)
    record = signed_in(world.cast.chen).get(f"/lots/{lot.pk}/record/")
    assert found.text in words(record)


def test_reviewer_sees_the_last_five_values_with_their_outcome(history, world):
    lots = history([*STEADY[:4], "1.4", "0.2", "0.21"])
    order = lots[6].test_orders.get()

    page = signed_in(world.cast.sofia).get(f"/test-orders/{order.pk}/review/")

    [line] = [*page.context["exceptions"], *page.context["clean"]]
    assert [(one.text, one.is_failing) for one in line.before] == [
        ("0.24", False),
        ("0.19", False),
        ("0.22", False),
        ("1.4", True),
        ("0.2", False),
    ]
    assert "Lots before: 0.24 · 0.19 · 0.22 · 1.4 OOS · 0.2" in words(page)
    # Whoever enters the next lot sees none of it.
    lot = bench.log(world.cast, world, at=line.result.entered_at, number="BAC-26-799")
    entry = signed_in(world.cast.lin).get(f"/test-orders/{lot.test_orders.get().pk}/")
    assert "1.4" not in words(entry)


# --- data in doubt ------------------------------------------------------------------


@pytest.fixture
def copied(world, at):
    """Two lots, the second with the very results of the first."""
    lots = []
    for number in ("BAC-26-701", "BAC-26-702"):
        lot = bench.log(world.cast, world, at=at, number=number)
        bench.enter(lot, world, {**ORAL, "IPA": "333"}, by=world.cast.lin, at=at)
        bench.review(world.cast, lot, at=at)
        lots.append(lot)
    return lots


@pytest.mark.postgres
def test_copied_results_block_the_release_until_qa_concludes(copied, world, at):
    first, second = copied
    assert of(first) == []
    [found] = of(second)
    assert "results are the same as those of lot BAC-26-701" in found.text
    with pytest.raises(Refusal, match="puts the data of lot BAC-26-702 in doubt"):
        bench.release(world.cast, second, "BAC-ORAL", at=at)
    chen = signed_in(world.cast.chen)
    assert "Release blocked" in words(chen.get(f"/lots/{second.pk}/"))
    page = chen.get(f"/lots/{second.pk}/consistency/")
    address = f"/findings/{found.pk}/conclude/"
    assert address in page.content.decode()

    form = chen.get(address)
    answer = chen.post(
        address,
        {
            "reason": "Both were measured; the runs and weighings differ.",
            "evidence": "LN-26 pages 40 and 41, KF logs 1201 and 1202",
            "shown": form.context["shown"],
            "password": PASSWORD,
        },
    )

    assert answer.status_code == 302, words(answer)
    assert "Concluded by Chen Fang" in words(
        chen.get(f"/lots/{second.pk}/consistency/")
    )
    assert list(lot_status_rebuild.differences()) == []
    bench.release(world.cast, second, "BAC-ORAL", at=at)


def test_results_of_an_oral_lot_are_no_results_of_an_intrathecal_one(world, at):
    """Where it matters most: material for tablets goes into spines with them."""
    oral = bench.log(world.cast, world, at=at, number="BAC-26-701")
    bench.enter(oral, world, {**ORAL, "IPA": "333"}, by=world.cast.lin, at=at)
    lot = bench.log(world.cast, world, at=at, number="BIT-26-01", use="intrathecal")
    bench.enter(lot, world, {**ORAL, "IPA": "333"}, by=world.cast.lin, at=at)

    [found] = of(lot)

    assert (found.other, found.is_open) == (oral, True)


def test_conclusion_needs_its_evidence(copied, world):
    [found] = of(copied[1])
    chen = signed_in(world.cast.chen)
    address = f"/findings/{found.pk}/conclude/"
    shown = chen.get(address).context["shown"]

    answer = chen.post(
        address,
        {"reason": "Fine", "evidence": "", "shown": shown, "password": PASSWORD},
    )

    assert answer.status_code == 422
    found.refresh_from_db()
    assert found.is_open


def test_nobody_concludes_twice_or_on_a_statistic(copied, signalled_alone, world, at):
    chen = signed_in(world.cast.chen)

    page = chen.get(f"/findings/{signalled_alone.pk}/conclude/")

    assert "it asks for no conclusion" in words(page)
    assert 'name="password"' not in page.content.decode()


@pytest.fixture
def signalled_alone(world, at, copied):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-703")
    bench.enter(lot, world, {"WATER": "1.0"}, by=world.cast.lin, at=at)
    return ConsistencyFinding.objects.get(lot=lot)


def test_who_entered_or_reviewed_the_lot_does_not_conclude(copied, world, at):
    [found] = of(copied[1])
    for person in (world.cast.lin, world.cast.sofia):
        answer = signed_in(person).get(f"/findings/{found.pk}/conclude/")
        assert answer.status_code == 403


def test_few_results_in_common_are_no_copy(world, at):
    for number in ("BAC-26-701", "BAC-26-702"):
        lot = bench.log(world.cast, world, at=at, number=number)
        bench.enter(
            lot, world, {"WATER": "0.21", "MEOH": "112", "IMPA": "0.04", "D90": "141"},
            by=world.cast.lin, at=at,
        )  # fmt: skip
        assert of(lot) == []


def test_void_lot_was_copied_from_by_nobody(world, at):
    for number in ("BAC-26-701", "BAC-26-702"):
        lot = bench.log(world.cast, world, at=at, number=number)
        bench.enter(lot, world, {**ORAL, "IPA": "333"}, by=world.cast.lin, at=at)
        if number == "BAC-26-701":
            bench.decide(
                world.cast, disposition.void, lot, at=at, reason="Logged twice"
            )
    assert of(lot) == []


def test_long_name_of_a_test_never_stops_a_submission(history, world, at):
    """Four rules of a test with the longest name make more than the column holds."""
    name = "Water by coulometric titration " * 4
    change(world.tests["WATER"], by=world.cast.olga, at=at, name=name.strip()[:120])

    lots = history([*STEADY, *["0.45"] * 9])

    texts = [one.text for lot in lots for one in of(lot)]
    assert len(texts) > 5
    assert max(map(len, texts)) <= 600
