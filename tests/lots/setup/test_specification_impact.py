"""Before a draft is approved, its page shows what the last lots would have become."""

import re

import pytest

from lots.demo import bench
from lots.evaluation import specification_impact
from lots.intake import test_orders
from lots.models import Specification
from lots.release import disposition
from lots.rules.states import LineOutcome
from lots.setup import material_tests
from lots.setup.material_tests import TestFacts
from lots.setup.specification_versions import CriterionDraft
from tests.lots.pages import signed_in, words
from tests.lots.setup import specifications
from tests.lots.situations import ORAL

pytestmark = pytest.mark.django_db
WATER = "Water (Karl Fischer)"


@pytest.fixture
def tested(world, at):
    """Return a function that logs a lot and enters its results."""

    def make(number, *, use="oral", **values):
        lot = bench.log(world.cast, world, at=at, number=number, use=use)
        bench.enter(lot, world, {**ORAL, **values}, by=world.cast.lin, at=at)
        return lot

    return make


def tightened(world, at, **changed):
    return specifications.draft(
        world, at, *specifications.rows_of("BAC-ORAL", **changed)
    )


def cells(page, caption):
    """Return the rows of the table of the page with this caption, by their head."""
    body = page.content.decode()
    table = re.search(rf"<caption>{caption}</caption>.*?</table>", body, re.DOTALL)
    if table is None:
        return {}
    found = {}
    for row in re.findall(r"<tr[ >].*?</tr>", table[0], re.DOTALL)[1:]:
        said = [
            " ".join(re.sub(r"<[^>]*>", " ", one).split())
            for one in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        ]
        found[said[0]] = said[1:]
    return found


@pytest.mark.postgres
def test_page_of_a_draft_counts_the_lots_by_test(world, at, tested):
    tested("BAC-26-801", WATER="0.21")
    tested("BAC-26-802", WATER="0.45")
    tested("BAC-26-803", WATER="0.30")
    draft = tightened(world, at, WATER={"high": "0.4"})

    page = signed_in(world.cast.chen).get(f"/specifications/{draft.pk}/")

    by_test = cells(page, "Lots by test")
    assert by_test[WATER] == [
        "NMT 0.4 %", "2", "1", "0", "0", "-12.5 %", "BAC-26-802",
    ]  # fmt: skip

    assert by_test["Cadmium"][1:5] == ["3", "0", "0", "0"]
    made = page.context["impact"].lots[0].lot.manufactured_on.isoformat()
    assert cells(page, "Lots that would fail or be undecided") == {
        "BAC-26-802": [made, "✓ Pass", "✕ OOS", f"{WATER} 0.5"]
    }
    said = words(page)
    assert "The last 3 lots of this use, BAC-26-801 to BAC-26-803" in said
    assert "1 lot would fail." in said


def test_who_approves_the_draft_sees_it_on_the_page_that_is_signed(world, at, tested):
    tested("BAC-26-801", WATER="0.45")
    draft = tightened(world, at, WATER={"high": "0.4"})

    page = signed_in(world.cast.chen).get(f"/specifications/{draft.pk}/approve/")

    assert "1 lot would fail." in words(page)
    assert cells(page, "Lots by test")[WATER][2] == "1"


def test_wider_limit_shows_how_far_all_lots_are_from_it(world, at, tested):
    tested("BAC-26-801", WATER="0.21")
    draft = tightened(world, at, WATER={"high": "2.1"})

    page = signed_in(world.cast.chen).get(f"/specifications/{draft.pk}/")

    assert cells(page, "Lots by test")[WATER][5] == "90.0 %"
    assert "None would fail or be undecided." in words(page)
    assert cells(page, "Lots that would fail or be undecided") == {}


def test_bound_that_says_nothing_of_the_limit_is_undecided(world, at, tested):
    tested("BAC-26-801", ROI="<0.05")
    draft = tightened(world, at, ROI={"high": "0.04"})

    found = specification_impact.impact(draft)

    [roi] = [one for one in found.tests if one.criterion.test.code == "ROI"]
    assert (roi.passed, roi.failed, roi.undecided) == (0, 0, 1)
    [one] = found.lots
    assert one.outcome == LineOutcome.UNDECIDED
    assert (found.failed, found.undecided) == (0, 1)


def test_new_test_has_no_data(world, at, tested):
    tested("BAC-26-801")
    added = material_tests.add_test(
        by=world.cast.olga, at=at, material=world.material,
        facts=TestFacts(code="NEW", name="Tapped density", group="physical", unit="%"),
    )  # fmt: skip
    draft = specifications.draft(
        world, at, *specifications.rows_of("BAC-ORAL"),
        CriterionDraft(added, "nmt", high="1.0"),
    )  # fmt: skip

    page = signed_in(world.cast.chen).get(f"/specifications/{draft.pk}/")

    assert cells(page, "Lots by test")["Tapped density"][1:] == [
        "0", "0", "0", "1", "–", "–",
    ]  # fmt: skip


def test_lots_of_another_use_and_void_lots_are_left_out(world, at, tested):
    bench.log(world.cast, world, at=at, number="BAC-26-805", use="intrathecal")
    void = bench.log(world.cast, world, at=at, number="BAC-26-806")
    bench.decide(world.cast, disposition.void, void, at=at, reason="Typed twice")
    tested("BAC-26-801")

    assert specification_impact.impact(tightened(world, at)).count == 1


def test_only_release_testing_counts(world, at, tested):
    """A stability point that fails says nothing of how the lot was made."""
    lot = tested("BAC-26-801", WATER="0.21")
    bench.review(world.cast, lot, at=at)
    point = test_orders.open_test_order(
        lot=lot, by=world.cast.olga, at=at, occasion="stability"
    )
    bench.enter(
        lot, world, {"WATER": "0.95"}, by=world.cast.lin, at=at, test_order=point
    )

    found = specification_impact.impact(tightened(world, at, WATER={"high": "0.4"}))

    [water] = [one for one in found.tests if one.criterion.test.code == "WATER"]
    assert (water.passed, water.failed) == (1, 0)


def test_site_without_lots_says_that_there_is_nothing_to_compare(world, at):
    draft = tightened(world, at)

    page = signed_in(world.cast.chen).get(f"/specifications/{draft.pk}/")

    assert "No lot of this use has been logged" in words(page)


def test_approved_version_has_none(world, at, tested):
    tested("BAC-26-801")
    approved = Specification.objects.get(code="BAC-ORAL", state="approved")

    page = signed_in(world.cast.chen).get(f"/specifications/{approved.pk}/")

    assert page.context["impact"] is None
    assert "The last lots under this version" not in words(page)


def test_it_decides_nothing(world, at, tested):
    """Looking at a draft leaves the lots as they are, and the approval too."""
    lot = tested("BAC-26-801", WATER="0.45")
    before = lot.status.outcome
    draft = tightened(world, at, WATER={"high": "0.4"})
    signed_in(world.cast.chen).get(f"/specifications/{draft.pk}/")

    specifications.approve(world, at, draft)

    lot.status.refresh_from_db()
    assert lot.status.outcome == before


def test_one_lot_takes_as_many_queries_as_four(
    world, at, tested, django_assert_num_queries
):
    draft = tightened(world, at)
    tested("BAC-26-801")
    specification_impact.impact(draft)
    with django_assert_num_queries(5) as asked:
        specification_impact.impact(draft)
    for number in range(2, 5):
        tested(f"BAC-26-80{number}")
    with django_assert_num_queries(len(asked)):
        specification_impact.impact(draft)
