"""Corrections where a method was approved since that takes other results.

A correction says what was measured then, so the row offers what that method takes,
besides what the method in use takes; the form judges by the kind, as the verb does.
"""

import html
import re

import pytest

from lots.demo import baclofen, bench
from lots.forms.results import ResultForm
from lots.models import Criterion, Result
from lots.setup import methods
from tests.conftest import opened
from tests.lots.pages import refused
from tests.lots.results.grid import Grid

WORDS = ["Complies", "Does not comply"]
LIMIT_TEST = {"code": "L", "is_limit_test": True}
NUMBERS = {"code": "N", "lod": "0.01", "loq": "0.02"}


@pytest.fixture
def use(world, at):
    """Draft and approve a method of cadmium, which is held to a limit in numbers."""
    with opened():
        Criterion.objects.filter(test=world.tests["CD"]).update(
            kind="limit", alert_low="", alert_high=""
        )

    def approve(method):
        methods.add_method(by=world.cast.olga, at=at, test=world.tests["CD"], **method)
        baclofen.approve_methods(world.cast, at=at)
        return world.tests["CD"].methods.get(is_current=True)

    return approve


@pytest.fixture
def grid(world, at, use):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    return Grid(world, lot, at)


def offered(answer, grid):
    """Return the tag of the box for the value of cadmium, and the words it offers."""
    body = html.unescape(answer.content.decode())
    name = f"t{grid.world.tests['CD'].pk}-value1"
    tag, attributes = re.search(
        rf'<(input|select)([^>]* name="{name}"[^>]*)>', body
    ).groups()
    rest = body[body.index(f'name="{name}"') :]
    if tag == "input":
        listed = re.search(r' list="([^"]*)"', attributes)
        if not listed:
            return tag, []
        rest = body[body.index(f'<datalist id="{listed[1]}"') :]
    several = rest[: re.search("</(select|datalist)>", rest).start()]
    return tag, [one for one in re.findall(r'<option value="([^"]*)"', several) if one]


def correct(grid, value, *, seen=1, kind="transcription"):
    return grid.post(
        "CD", value, seen=seen, kind=kind, raw_reference="LN-1, page 9",
        reason="The weight was 0.101 g, not 0.110 g",
    )  # fmt: skip


DIRECTIONS = pytest.mark.parametrize(
    ("before", "since", "typed", "corrected", "of_the_other"),
    [
        (LIMIT_TEST, NUMBERS, "Complies", "Does not comply", "0.03"),
        (NUMBERS, LIMIT_TEST, "0.03", "0.04", "Does not comply"),
    ],
    ids=["words to numbers", "numbers to words"],
)


@DIRECTIONS
@pytest.mark.parametrize("kind", ["transcription", "reprocessing"])
def test_row_offers_and_takes_a_correction_as_the_value_was_measured(
    use, grid, before, since, typed, corrected, of_the_other, kind
):
    old = use(before)
    grid.post("CD", typed)
    new = use(since)

    page = grid.show()
    assert offered(page, grid) == ("input", WORDS)
    said = grid.row(page, "CD")
    with_words = "(Complies; Does not comply)"
    old_said, new_said = (
        f"{one} {with_words}" if one.is_limit_test else str(one) for one in (old, new)
    )
    assert (
        f"A correction is evaluated by {old_said}, by which the value was measured."
        f" Any other kind is evaluated by {new_said}."
    ) in said
    # The head of the row names the method in use, the value its own.
    assert f"{new} {typed} Method {old}" in said

    wrong = correct(grid, of_the_other, kind=kind)
    assert wrong.status_code == 422
    # What was typed can be corrected in the same row.
    assert offered(wrong, grid) == ("input", WORDS)
    answer = correct(grid, corrected, kind=kind)

    assert answer.status_code == 200, refused(answer)
    assert Result.objects.get(attempt=2).method == old
    assert f"{corrected} Method {old}" in grid.row(answer, "CD")


@DIRECTIONS
def test_other_kinds_are_judged_by_the_method_in_use(
    use, grid, before, since, typed, corrected, of_the_other
):
    use(before)
    grid.post("CD", typed)
    use(since)

    by_form = correct(grid, corrected, kind="retest")
    by_verb = correct(grid, of_the_other, kind="retest")

    assert (by_form.status_code, by_verb.status_code) == (422, 422)
    assert "is not a result" in " ".join(refused(by_form))
    # A value that the method in use gives lacks nothing but the plan of QA.
    assert "needs an investigation with a retest plan" in refused(by_verb)[0]


@DIRECTIONS
def test_control_a_form_that_judges_all_kinds_alike_refuses_each_correction(
    use, grid, monkeypatch, before, since, typed, corrected, of_the_other
):
    monkeypatch.setattr(
        ResultForm, "_measurement", lambda form, _kind: form.measurement
    )
    use(before)
    grid.post("CD", typed)
    use(since)

    answers = [correct(grid, value) for value in (corrected, of_the_other)]

    assert [one.status_code for one in answers] == [422, 422]


@pytest.mark.parametrize(
    ("method", "box"), [(LIMIT_TEST, ("select", WORDS)), (NUMBERS, ("input", []))]
)
def test_control_one_method_offers_what_it_takes_and_is_named_once(
    use, grid, method, box
):
    now = use(method)
    grid.post("CD", "Complies" if method is LIMIT_TEST else "0.03")

    page = grid.show()

    assert offered(page, grid) == box
    assert "is evaluated by" not in grid.row(page, "CD")
    assert grid.row(page, "CD").count(str(now)) == 1


def test_first_result_by_a_new_method_offers_its_words_alone(use, grid):
    use(NUMBERS)
    use(LIMIT_TEST)

    assert offered(grid.show(), grid) == ("select", WORDS)


def test_conflict_keeps_the_words_typed_and_offers_both(use, grid):
    use(LIMIT_TEST)
    grid.post("CD", "Complies")
    use(NUMBERS)
    correct(grid, "Does not comply")

    answer = correct(grid, "Does not comply", seen=1)

    assert answer.status_code == 422
    assert offered(answer, grid) == ("input", WORDS)
    assert 'value="Does not comply"' in answer.content.decode()


def test_a_kind_that_is_missing_is_asked_for_before_the_value_is_judged(use, grid):
    use(LIMIT_TEST)
    grid.post("CD", "Complies")
    use(NUMBERS)

    answer = correct(grid, "Does not comply", kind="")

    assert answer.status_code == 422
    assert "not a result" not in grid.row(answer, "CD")
    assert "choose one of" not in grid.row(answer, "CD")
