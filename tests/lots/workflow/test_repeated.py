"""One sentence for what is said of many tests alike, on every list that says it."""

import re

import pytest

from lots.demo import bench
from lots.evaluation import evaluator, signed_text
from lots.rules.refusal import Refusal
from lots.rules.repeated import MOST_NAMED, together
from tests.lots.pages import signed_in, ticked, words

ORAL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}


@pytest.fixture
def lot(world, at):
    """Every result is submitted, and none is reviewed."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    return lot


def missing(test, **more):
    return Refusal("missing", "%(test)s has no result; enter one.", test=test, **more)


# --- the rule -------------------------------------------------------------------------


def test_refusals_of_one_kind_are_one_sentence_where_the_first_stood():
    other = Refusal("investigation", "Investigation %(number)s is open.", number="1")

    said = list(map(str, together([missing("Water"), other, missing("Lead")])))

    assert said == [
        "2 tests have no result: Water, Lead; enter their results.",
        "Investigation 1 is open.",
    ]


def test_refusal_of_one_test_stays_as_it_is():
    alone = missing("Water")

    assert together([alone]) == [alone]


def test_refusals_that_differ_in_more_than_the_test_stay_apart():
    def waits(test, water):
        return Refusal("waits", "%(test)s: %(water)s.", test=test, water=water)

    found = [waits("Assay", "Water"), waits("Lead", "LOD"), waits("Lactam", "Water")]

    assert [one.params.get("n", 1) for one in together(found)] == [2, 1]


def test_long_list_of_names_is_cut_and_counted_whole():
    said = str(together([missing(f"T{n}") for n in range(60)])[0])

    assert said.startswith("60 tests have no result: T0, T1, ")
    assert said.endswith(f"T{MOST_NAMED - 1}, …; enter their results.")


def test_failed_periodic_tests_name_their_lots_each_by_itself():
    def failed(test, lot):
        return Refusal("periodic", "%(test)s, %(earlier)s.", test=test, earlier=lot)

    assert len(together([failed("A", "BAC-1"), failed("B", "BAC-1")])) == 2


# --- the pages ------------------------------------------------------------------------


def test_lot_page_says_once_how_many_results_are_not_reviewed(world, lot):
    page = signed_in(world.cast.sofia).get(f"/lots/{lot.pk}/")
    panel = words(page, of="release")

    [n] = re.findall(r"(\d+) results are not reviewed: ", panel)
    assert int(n) > 10
    assert "is not reviewed; a reviewer must sign it" not in panel
    review = f"/test-orders/{lot.test_orders.get().pk}/review/"
    assert f'href="{review}">Review results</a></li>' in page.content.decode()


def test_lot_page_says_once_how_many_results_are_missing(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")

    panel = words(signed_in(world.cast.lin).get(f"/lots/{lot.pk}/"), of="release")

    assert len(re.findall(r"tests have no result: ", panel)) == 1
    assert "has no result; enter one" not in panel


@pytest.mark.parametrize(
    "address", ["/assessments/{one}/release/", "/lots/{lot}/record/"]
)
def test_release_page_and_record_say_it_once(world, lot, address):
    one = bench.assessment(lot, "BAC-ORAL")

    said = words(signed_in(world.cast.chen).get(address.format(one=one.pk, lot=lot.pk)))

    assert len(re.findall(r"\d+ results are not reviewed: ", said)) == 1
    assert "is not reviewed; a reviewer must sign it" not in said


def test_release_page_leads_to_the_results_that_are_not_reviewed(world, lot):
    one = bench.assessment(lot, "BAC-ORAL")

    page = signed_in(world.cast.chen).get(f"/assessments/{one.pk}/release/")

    results = f'href="/test-orders/{one.test_order_id}/">Open results</a>'
    assert page.content.decode().count(results) == 1


def test_refused_release_says_it_once(world, lot):
    one = bench.assessment(lot, "BAC-ORAL")

    answer = signed_in(world.cast.chen).post(
        f"/assessments/{one.pk}/release/", {"batch_record": "BR-1", **ticked("release")}
    )

    said = [str(error) for error in answer.context["form"].non_field_errors()]
    assert answer.status_code == 422
    assert sum("results are not reviewed: " in error for error in said) == 1
    assert not any("is not reviewed; a reviewer" in error for error in said)


def test_what_is_signed_of_a_refusal_names_every_result_by_itself(world, lot, at):
    one = bench.assessment(lot, "BAC-ORAL")
    text = signed_text.assessment_text(evaluator.evaluate(lot), one.pk)

    assert text.count("is not reviewed; a reviewer must sign it") > 10
