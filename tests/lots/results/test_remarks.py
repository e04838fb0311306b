"""Remarks on results, through the page: shown, signed, printed as chosen."""

import pytest
from django.urls import reverse

from lots.demo import bench
from lots.evaluation import evaluator, signed_text
from lots.evidence import signatures
from lots.models import Mark, Signature
from tests.lots.pages import refused, signed_in, words


@pytest.fixture
def lot(world, at):
    """An oral lot whose water and residue are entered and not submitted."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-701")
    bench.enter(
        lot,
        world,
        {"WATER": "0.21", "ROI": "<0.05"},
        by=world.cast.lin,
        at=at,
        submit=False,
    )
    return lot


@pytest.fixture
def lin(world):
    """The analyst who entered them."""
    return signed_in(world.cast.lin)


def water(lot):
    return lot.test_orders.get().results.get(test__code="WATER")


def page_of(result):
    return reverse("lots:remark", args=[result.pk])


def put(client, result, text, **more):
    return client.post(page_of(result), {"remark": text, **more})


def test_remark_stands_in_the_row_and_in_the_review(world, lot, lin, at):
    answer = put(lin, water(lot), "Second titrator used", is_printed="on")

    page = lin.get(answer["Location"])
    grid = words(page)
    bench.submit(lot, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    [result] = [
        one
        for one in signatures.read(
            Signature.objects.latest("pk").text, signed_text.REVIEW
        ).record["results"]
        if one["test"].startswith("Water")
    ]
    assert "Printed remark by Lin Yue: Second titrator used" in grid
    assert page_of(water(lot)) in page.content.decode()
    assert (result["remark"], result["is_remark_printed"]) == (
        "Second titrator used",
        True,
    )


def test_last_remark_counts_and_a_blank_one_takes_it_back(lot, lin):
    put(lin, water(lot), "Alpha", is_printed="on")
    put(lin, water(lot), "Second")
    test_order = reverse("lots:test_order", args=[lot.test_orders.get().pk])
    after_two = words(lin.get(test_order))
    shown = lin.get(page_of(water(lot)))
    put(lin, water(lot), "")

    assert "Remark (not printed) by Lin Yue: Second" in after_two
    assert "Alpha" not in after_two
    assert "Second" in words(shown)
    assert "Remark (not printed)" not in words(lin.get(test_order))
    assert Mark.objects.filter(result=water(lot)).count() == 3


def test_no_remark_is_there_to_take_back(lot, lin):
    answer = put(lin, water(lot), " ")

    assert answer.status_code == 422
    assert refused(answer) == ["Type the remark; there is none to take back."]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("For intrathecal use", "names intrathecal use"),
        ("Sterile material", "sterile"),
        ("Measured \N{SNOWMAN}", "which certificates cannot print"),
    ],
)
def test_printed_remark_is_held_to_what_certificates_may_say(lot, lin, text, said):
    answer = put(lin, water(lot), text, is_printed="on")

    [sentence] = refused(answer)
    assert said in sentence
    assert text in words(answer)
    assert not Mark.objects.filter(result=water(lot)).exists()


def test_reviewed_result_takes_no_remark(world, lot, lin, at):
    bench.submit(lot, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)

    page = lin.get(page_of(water(lot)))
    answer = put(lin, water(lot), "Too late")

    assert "until it is reviewed." in words(page)
    assert answer.status_code == 422
    assert not Mark.objects.filter(reason="Too late").exists()


def test_another_analyst_is_offered_no_remark_and_refused(world, lot):
    marek = signed_in(world.cast.marek)

    grid = marek.get(reverse("lots:test_order", args=[lot.test_orders.get().pk]))
    answer = put(marek, water(lot), "I saw it")

    assert page_of(water(lot)) not in grid.content.decode()
    assert refused(answer) == [
        "Only who entered or performed Water (Karl Fischer), attempt 1, puts a remark"
        " on it; ask Lin Yue."
    ]


def test_whoever_reviews_signs_the_remark_that_is_there(world, lot, lin, at):
    bench.submit(lot, by=world.cast.lin, at=at)
    result = water(lot)
    before = signed_text.review_text(
        evaluator.evaluate(lot), result.test_order_id, [result], by=world.cast.sofia
    )
    put(lin, result, "Typed while the page of the review is open")

    after = signed_text.review_text(
        evaluator.evaluate(lot), result.test_order_id, [result], by=world.cast.sofia
    )
    assert before != after
