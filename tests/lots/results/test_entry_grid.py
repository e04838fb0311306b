"""The entry grid: stored first, then judged and shown; nothing is ever hidden."""

import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lots import calendar
from lots.accounts import users
from lots.demo import bench
from lots.intake import samples, test_orders
from lots.models import AuditEntry, Investigation, Lot, Mark, Result
from lots.release import disposition
from lots.setup import master_data
from tests.conftest import opened
from tests.lots.pages import refused, typed, words
from tests.lots.results.grid import Grid
from tests.world import change


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


@pytest.fixture
def grid(world, lot, at):
    return Grid(world, lot, at)


def stored():
    return [
        (result.test.code, result.attempt, result.kind, result.determinations)
        for result in Result.objects.select_related("test").order_by("pk")
    ]


def typed_once(text, preparation=1, component=""):
    return {
        "text": text,
        "preparation": preparation,
        "injection": 1,
        "component": component,
        "specified": False,
    }


def test_late_entry_takes_its_reason(world, grid, at):
    """The result is back-dated in sight: its reason is stored and reviewed."""
    lot = bench.log(
        world.cast,
        world,
        at=at,
        number="BAC-26-002",
        manufactured_on=grid.today - datetime.timedelta(40),
    )
    grid.test_order = lot.test_orders.get()
    week, day = (grid.today - datetime.timedelta(days) for days in (7, 8))

    in_time = grid.post("WATER", "0.2", performed_on=week)
    late = grid.post("MEOH", "112", performed_on=day)
    explained = grid.post(
        "MEOH", "112", performed_on=day, late_reason="Contract report of today"
    )

    assert (in_time.status_code, explained.status_code) == (200, 200)
    assert late.status_code == 422
    assert refused(late) == [
        f"Methanol was performed on {day}, 8 days ago. Type a “Reason for late entry”"
        " above the grid."
    ]
    assert typed(late, f"t{world.tests['MEOH'].pk}-value1") == "112"
    assert list(Result.objects.order_by("pk").values_list("reason", flat=True)) == [
        "",
        "Contract report of today",
    ]


# --- who performed it ---------------------------------------------------------------


@pytest.fixture
def made(world, at):
    """Return how long ago something was, and the grid of a lot made 40 days ago."""
    today = calendar.today(at)
    lot = bench.log(
        world.cast,
        world,
        at=at,
        number="BAC-26-003",
        manufactured_on=today - datetime.timedelta(40),
    )
    return lambda days: today - datetime.timedelta(days), Grid(world, lot, at)


def left(world, at, days):
    """End the account of an analyst so many days ago."""
    ended = at - datetime.timedelta(days)
    users.deactivate(
        person=world.cast.marek, by=world.cast.admin, at=ended, reason="Left"
    )
    return world.cast.marek


def test_who_left_since_is_named_for_a_test_until_that_day(world, made, at):
    ago, grid = made
    marek = left(world, at, 3)
    named = {"performed_by": marek.pk}

    shown = grid.show()
    on_the_last = grid.post("WATER", "0.2", performed_on=ago(3), **named)
    after = grid.post("MEOH", "112", performed_on=ago(2), **named)

    assert f">{marek.printed_name} (deactivated)</option>" in shown.content.decode()
    assert (on_the_last.status_code, after.status_code) == (200, 422)
    assert refused(after) == [
        f"The account of {marek.printed_name} was deactivated on {ago(3)}, so no test"
        f" of {ago(2)} can be recorded as performed by {marek.printed_name}; name the"
        " analyst who performed it."
    ]
    assert [one.performed_by for one in Result.objects.all()] == [marek]


def test_who_left_before_the_lot_was_made_is_not_offered(world, made, at):
    _ago, grid = made
    marek = left(world, at, 41)

    assert marek.printed_name not in grid.show().content.decode()


def test_who_left_on_a_day_that_the_trail_does_not_know_is_not_named(world, made, at):
    ago, grid = made
    marek = world.cast.marek
    type(marek).objects.filter(pk=marek.pk).update(is_active=False)

    answer = grid.post("WATER", "0.2", performed_on=ago(3), performed_by=marek.pk)

    assert marek.printed_name not in grid.show().content.decode()
    assert (answer.status_code, Result.objects.count()) == (422, 0)


# --- showing ------------------------------------------------------------------------


def test_rows_alternative_use_the_order_of_the_specification(grid, world):
    body = grid.show().content.decode()

    places = [
        body.index(f'id="row-{world.tests[code].pk}"')
        for code in ("APP", "IDA", "IDB", "ASSAY", "IMPA", "UNSPEC", "TOTAL", "WATER")
    ]
    assert places == sorted(places)


def test_each_group_of_tests_has_one_heading(world, grid, at):
    """Also where a second specification adds tests to a group of the first."""
    lot = bench.log(world.cast, world, at=at, number="BIT-26-003", use="intrathecal")
    grid.test_order = lot.test_orders.get()

    answer = grid.show()

    headings = [section.heading for section in answer.context["sections"]]
    assert len(answer.context["assessments"]) == 2
    assert len(headings) == len(set(headings))


def test_test_has_as_many_cells_as_determinations(grid, world):
    answer = grid.show()

    assay, water = world.tests["ASSAY"].pk, world.tests["WATER"].pk
    cells = [
        typed(answer, f"t{pk}-value{number}")
        for pk, number in ((assay, 1), (assay, 2), (assay, 3), (water, 1), (water, 2))
    ]
    assert cells == ["", "", None, "", None]


@pytest.fixture
def injected(world, at):
    """The assay as a method whose preparations are injected twice each."""
    change(world.tests["ASSAY"], by=world.cast.olga, at=at, injections=2)
    return world.tests["ASSAY"]


def test_preparation_has_as_many_cells_as_its_injections(grid, injected):
    answer = grid.show()

    assert [
        typed(answer, f"t{injected.pk}-{name}")
        for name in ("value1", "value1x2", "value1x3", "value2", "value2x2", "value3")
    ] == ["", "", None, "", "", None]
    assert "preparation 2, injection 1" in answer.content.decode()


def test_injections_are_stored_with_their_preparation_and_averaged(grid, injected):
    grid.post("WATER", "0.00")

    answer = grid.post("ASSAY", "97.8", "98.8", value1x2="99.4", value2x2="98.9")

    assert answer.status_code == 200
    assert [
        (each["text"], each["preparation"], each["injection"])
        for each in Result.objects.get(test=injected).determinations
    ] == [("97.8", 1, 1), ("99.4", 1, 2), ("98.8", 2, 1), ("98.9", 2, 2)]
    assert "97.8 / 99.4" in grid.row(answer, "ASSAY")
    assert "Preparation 1, injections 97.8, 99.4: mean 98.6." in words(answer)
    assert Investigation.objects.count() == 0


def test_missing_injection_is_said_and_undecided(grid, injected):
    grid.post("WATER", "0.00")

    answer = grid.post("ASSAY", "99.1", "98.8", value2x2="98.9")

    assert (
        "The method asks for 2 injections of each preparation; 1 recorded of"
        " preparation 1."
    ) in words(answer)


def test_mistake_in_an_injection_is_said_beside_its_cell(grid, injected):
    answer = grid.post("ASSAY", "99.1", "98.8", value1x2="99,2", value2x2="98.9")

    assert answer.status_code == 422
    assert typed(answer, f"t{injected.pk}-value1x2") == "99,2"
    assert "99,2 has a comma" in words(answer)
    assert Result.objects.count() == 0


def test_every_input_has_a_name_of_its_own(grid, world):
    body = grid.show().content.decode()

    assert 'aria-label="Assay (anhydrous basis): determination 2"' in body
    assert 'aria-label="Any unspecified impurity (largest): peak 1, value"' in body
    assert 'aria-label="Appearance: result"' in body


def test_computed_test_takes_no_value_and_says_from_what(grid, world):
    answer = grid.show()

    assert "Calculated from: Impurity A (lactam)" in grid.row(answer, "TOTAL")
    assert typed(answer, f"t{world.tests['TOTAL'].pk}-value1") is None


@pytest.mark.parametrize("username", ["sofia", "chen", "maria", "ines"])
def test_readers_see_the_grid_and_why_it_is_closed(world, lot, at, username):
    grid = Grid(world, lot, at, username)

    page = grid.show()

    assert "; ask an analyst." in words(page)
    assert "Save" not in grid.row(page, "APP")
    assert "Save" in grid.row(Grid(world, lot, at).show(), "APP")


def test_queries_of_the_grid_do_not_grow_with_results(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-901", use="intrathecal")
    grid = Grid(world, lot, at)
    bench.enter(lot, world, {"APP": "White powder"}, by=world.cast.lin, at=at)
    counts = []
    for results in ({}, {k: v for k, v in bench.IT_RESULTS.items() if k != "APP"}):
        if results:
            bench.enter(lot, world, results, by=world.cast.lin, at=at)
        grid.show()  # master data are at hand from here on
        with CaptureQueriesContext(connection) as queries:
            grid.show()
        counts.append(len(queries))

    assert counts == [11, 11]


@pytest.mark.parametrize(
    ("fails", "code", "what"),
    [
        ({"MEOH": "3001"}, "MEOH", "Methanol"),
        # The peaks pass one by one, and their total does not.
        (
            {
                "IMPA": "0.19",
                "UNSPEC": bench.peaks(
                    rrt_0_45="0.09", rrt_0_50="0.09", rrt_0_60="0.09", rrt_0_70="0.09"
                ),
            },
            "IMPA",
            "Total impurities",
        ),
    ],
)
def test_first_result_elsewhere_waits_for_the_investigation(
    world, grid, lot, at, fails, code, what
):
    """It would be a retest that nobody planned; its row says so and takes nothing."""
    bench.enter(lot, world, fails, by=world.cast.lin, at=at)
    grid.test_order = test_orders.open_test_order(
        lot=lot, by=world.cast.lin, at=at, occasion="stability"
    )
    number = Investigation.objects.get().number
    name = world.tests[code].name
    told = (
        f"{what} is under investigation in test order 1 of lot {lot.number}, and a"
        f" result of {name} in another test order would be an unplanned retest; enter"
        f" the planned retests there, or ask QA to conclude {number} first."
    )

    page = grid.show()
    answer = grid.post(code, "0.01")

    assert told in grid.row(page, code)
    assert typed(page, f"t{world.tests[code].pk}-value1") is None
    assert (answer.status_code, told in words(answer)) == (422, True)
    assert grid.post("WATER", "0.1").status_code == 200


# --- entering -----------------------------------------------------------------------


def test_value_stored_on_another_day_says_which(world, at):
    earlier = at - datetime.timedelta(days=2)
    lot = bench.log(world.cast, world, at=earlier, number="BAC-26-002")
    bench.enter(lot, world, {"IMPA": "0.04"}, by=world.cast.lin, at=earlier)
    grid = Grid(world, lot, at)

    row = grid.row(grid.show(), "IMPA")

    assert f"saved {calendar.stamp(earlier)}" in row


def test_value_is_stored_and_then_judged_in_the_answer(grid):
    answer = grid.post("IMPA", "0.04", raw_reference="LN-7")

    assert stored() == [("IMPA", 1, "first", [typed_once("0.04")])]
    row = grid.row(answer, "IMPA")
    assert "0.04 Entered, not submitted" in row
    assert "NMT 0.20 % ✓ Pass <0.05" in row
    assert "Typed 0.04." in row
    result = Result.objects.get()
    assert result.raw_reference == "LN-7"
    assert f"saved {timezone.localtime(result.entered_at):%H:%M:%S}" in row
    assert words(answer, of="announcement") == (
        "Impurity A (lactam) stored: BAC-ORAL v1 Pass."
    )


@pytest.mark.parametrize(
    ("value", "asked"),
    [("<0.05", True), ("<0.020", False), ("<0.01", False), ("0.05", False)],
)
def test_bound_that_is_none_of_the_method_is_questioned(
    grid, world, monkeypatch, value, asked
):
    with opened():
        world.tests["IMPA"].methods.update(loq="0.02", lod="0.01")
    # The trail knows nothing of this change, so what is kept is read anew.
    monkeypatch.setattr(master_data, "_kept", ("", master_data.MasterData()))
    row = grid.row(grid.post("IMPA", value), "IMPA")

    question = (
        f"{value} is not a limit of the method, which states LOQ 0.02, LOD 0.01. Check"
        " it against the raw data, and correct it if it was mistyped."
    )
    assert (question in row) is asked


def test_bound_is_not_questioned_where_the_method_states_none(grid, world):
    with opened():
        world.tests["MEOH"].methods.update(loq="", lod="")

    assert "is not a limit" not in grid.row(grid.post("MEOH", "<30"), "MEOH")


def test_value_is_stored_without_javascript_too(grid, world):
    answer = grid.post("IMPA", "0.04", htmx=False)

    assert stored() == [("IMPA", 1, "first", [typed_once("0.04")])]
    assert answer.headers["Location"].startswith(f"{grid.address}?performed_by=")
    assert answer.headers["Location"].endswith(f"#row-{world.tests['IMPA'].pk}")


def test_value_out_of_grammar_is_refused_beside_its_cell_and_kept(grid, world):
    before = AuditEntry.objects.count()

    answer = grid.post("ASSAY", "99.4", "99,7")

    assert answer.status_code == 422
    assert refused(answer) == [
        "99,7 has a comma, which could mean decimals or thousands; type decimals with"
        " a point, and thousands without a separator."
    ]
    pk = world.tests["ASSAY"].pk
    assert [typed(answer, f"t{pk}-value{n}") for n in (1, 2)] == ["99.4", "99,7"]
    assert (stored(), AuditEntry.objects.count()) == ([], before)


def test_refused_value_is_kept_without_javascript(grid, world):
    answer = grid.post("WATER", "1e5", htmx=False)

    assert answer.status_code == 422
    assert refused(answer) == [
        "1e5 is written with an exponent; write the number out in full."
    ]
    assert typed(answer, f"t{world.tests['WATER'].pk}-value1") == "1e5"
    assert words(answer).count("Save") > 10


def test_row_without_a_value_is_refused(grid):
    answer = grid.post("WATER", " ")

    assert refused(answer) == ["Type a value first."]


def test_date_before_manufacture_is_refused_in_the_row(grid):
    answer = grid.post("WATER", "0.2", performed_on="2020-01-01")

    [sentence] = refused(answer)
    assert sentence.startswith("A test of lot BAC-26-001 cannot have been performed on")


def test_sample_that_was_taken_after_the_test_is_refused(world, grid, lot, at):
    sample = bench.sample(
        lot, number="S-2", taken_on=grid.today, by=world.cast.lin, at=at
    )
    before = sample.taken_on - datetime.timedelta(1)

    answer = grid.post("WATER", "0.2", performed_on=before, sample=sample.pk)

    assert refused(answer) == [
        f"Sample {sample.number} was taken on {sample.taken_on}, but Water (Karl"
        f" Fischer) was performed before that, on {before}. Choose the sample that was"
        " tested, or correct the day of the test."
    ]
    assert stored() == []
    same_day = grid.post("WATER", "0.2", performed_on=sample.taken_on, sample=sample.pk)
    assert same_day.status_code == 200


def test_retest_takes_no_result_from_before_it_was_opened(world, grid, lot, at):
    """Or the results of the release would give the lot a further period."""
    grid.test_order = test_orders.open_test_order(
        lot=lot,
        by=world.cast.lin,
        at=at,
        occasion="retest",
        use_by=grid.today + datetime.timedelta(30),
    )
    yesterday = grid.today - datetime.timedelta(1)

    answer = grid.post("WATER", "0.2", performed_on=yesterday)

    assert refused(answer) == [
        f"Water (Karl Fischer) was performed on {yesterday}, before the retest of the"
        f" lot was opened on {grid.today}. Test it again for the retest."
    ]
    assert grid.post("WATER", "0.2").status_code == 200


def test_fail_opens_an_investigation_that_the_grid_links(grid):
    answer = grid.post("IMPA", "0.31")

    investigation = Investigation.objects.get()
    assert "✕ OOS 0.31" in grid.row(answer, "IMPA")
    assert (
        f"Investigation {investigation.number} is open:"
        " Impurity A (lactam): 0.31 against NMT 0.20 %"
        in words(answer, of="entry-summary")
    )


def test_peaks_are_stored_with_their_names(grid):
    grid.post("UNSPEC", "0.051", "0.030", component1="RRT 0.45", component2="RRT 1.20")

    assert stored() == [
        (
            "UNSPEC",
            1,
            "first",
            [
                typed_once("0.051", component="RRT 0.45"),
                typed_once("0.030", component="RRT 1.20"),
            ],
        )
    ]


def test_boxes_say_what_they_take(grid, world):
    grid.post("WATER", "0.21")

    answer = grid.show()

    body = answer.content.decode()
    water = re.search(
        rf'<input[^>]*name="t{world.tests["WATER"].pk}-value1"[^>]*>', body
    )
    assert "Peak (name or RRT) Value, %" in grid.row(answer, "UNSPEC")
    assert 'placeholder="Value"' in water[0]


def test_no_peaks_is_a_result(grid):
    answer = grid.post("UNSPEC", no_peaks="on")

    assert stored() == [("UNSPEC", 1, "first", [typed_once("ND")])]
    assert "✓ Pass" in grid.row(answer, "UNSPEC")


def test_no_peaks_beside_a_peak_is_refused(grid):
    answer = grid.post("UNSPEC", "0.051", component1="RRT 0.45", no_peaks="on")

    assert refused(answer) == ["Select No peaks or type the peaks, not both."]
    assert stored() == []


def test_dependent_rows_come_with_the_answer(grid):
    grid.post("ASSAY", "99.4", "99.7")
    grid.post("IMPA", "0.04")
    with_total = grid.post("UNSPEC", "0.051", component1="RRT 0.45")

    with_assay = grid.post("WATER", "0.21")

    assert "✓ Pass 99.8" in grid.row(with_assay, "ASSAY")
    assert "✓ Pass 0.05" in grid.row(with_total, "TOTAL")
    assert grid.row(with_assay, "TOTAL") == ""


# --- further results ----------------------------------------------------------------


def test_stored_cell_is_read_only_with_a_further_result(grid, world):
    grid.post("WATER", "0.21")

    answer = grid.show()

    assert "0.21 Entered, not submitted Remark" in grid.row(answer, "WATER")
    assert typed(answer, f"t{world.tests['WATER'].pk}-kind") == ""


def test_correction_keeps_the_earlier_value_visible(grid):
    grid.post("WATER", "0.12")

    answer = grid.post(
        "WATER", "0.21", seen=1, kind="transcription", reason="Digits transposed"
    )

    row = grid.row(answer, "WATER")
    assert "0.12 Replaced 0.21 Transcription correction Entered" in row
    assert 'class="attempt struck"' in answer.content.decode()
    assert [one[:3] for one in stored()] == [
        ("WATER", 1, "first"),
        ("WATER", 2, "transcription"),
    ]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"kind": "", "reason": "Why"}, "Kind is missing; choose one."),
        ({"kind": "transcription", "reason": ""}, "Reason is missing; type it."),
        (
            {"kind": "retest", "reason": "Looks wrong"},
            "A retest of Water (Karl Fischer) needs an investigation with a retest"
            " plan, and none is open. If the value was typed wrongly, choose"
            " “Transcription correction”; if a weight, a dilution factor or the"
            " integration was wrong, “Data reprocessing”.",
        ),
    ],
    ids=["no kind", "no reason", "retest without investigation"],
)
def test_further_result_needs_kind_and_reason(grid, world, more, sentence):
    grid.post("WATER", "0.12")

    answer = grid.post("WATER", "0.21", seen=1, **more)

    assert refused(answer) == [sentence]
    assert len(stored()) == 1
    pk = world.tests["WATER"].pk
    assert typed(answer, f"t{pk}-value1") == "0.21"
    assert typed(answer, f"t{pk}-reason") == more["reason"]
    assert '<details class="further" open>' in answer.content.decode()


def test_conflict_shows_both_values_and_takes_a_further_result_next(world, lot, at):
    mine, theirs = Grid(world, lot, at), Grid(world, lot, at, "marek")
    theirs.post("WATER", "0.20")

    answer = mine.post("WATER", "0.21", seen=0)

    assert refused(answer) == [
        "Not stored: Marek Novak entered 0.20 for Water (Karl Fischer) while you typed"
        " 0.21. Compare the two; if yours is needed as well, choose “Add a result…”."
    ]
    pk = world.tests["WATER"].pk
    assert (typed(answer, f"t{pk}-seen"), typed(answer, f"t{pk}-value1")) == (
        "1",
        "0.21",
    )
    assert "0.20 Entered, not submitted" in mine.row(answer, "WATER")


# --- for information, defaults, closed ----------------------------------------------


def test_test_outside_the_specification_is_entered_for_information(grid, world):
    shown = grid.show(test=world.tests["BET"].pk)
    answer = grid.post("BET", "0.2")

    assert "Bacterial endotoxins" in words(shown)
    assert stored() == [("BET", 1, "first", [typed_once("0.2")])]
    assert words(answer, of="announcement") == (
        "Bacterial endotoxins stored: for information."
    )
    assert "Additional tests (not in a specification)" in words(grid.show())


def test_defaults_go_into_every_row(grid, world):
    marek = world.cast.marek
    yesterday = str(grid.today - datetime.timedelta(1))

    answer = grid.show(performed_by=marek.pk, performed_on=yesterday)

    pk = world.tests["WATER"].pk
    assert typed(answer, f"t{pk}-performed_by") == str(marek.pk)
    assert typed(answer, f"t{pk}-performed_on") == yesterday


def test_only_sample_of_the_lot_is_proposed(world, grid, lot, at):
    water = f"t{world.tests['WATER'].pk}-sample"
    only = lot.samples.get()

    alone, none = grid.show(), grid.show(sample="")
    samples.take_sample(
        lot=lot,
        by=world.cast.lin,
        at=at,
        number="S-2",
        taken_on=grid.today,
        taken_by="Lin Yue",
        quantity="50 g",
        purpose="Retest",
    )
    of_two = grid.show()

    proposed = [typed(answer, water) for answer in (alone, none, of_two)]
    assert proposed == [str(only.pk), "", ""]
    assert typed(alone, "sample") == str(only.pk)


def test_laboratory_of_a_lot_that_another_made_is_chosen(world, lot, grid):
    Lot.objects.filter(pk=lot.pk).update(issuer_role="agent")

    said = words(grid.show(), of="defaults")
    refusal = refused(grid.post("WATER", "0.21"))
    answer = grid.post("WATER", "0.21", laboratory=world.laboratory.pk)

    assert "The manufacturer's site" not in said
    assert refusal == ["Choose the Laboratory above the grid."]
    assert answer.status_code == 200


def test_raw_data_named_for_all_rows_are_in_each_without_a_result(grid, world):
    grid.post("IMPA", "0.04")

    answer = grid.show(raw_data="LN-7, page 12")

    water, stored = world.tests["WATER"].pk, world.tests["IMPA"].pk
    assert typed(answer, f"t{water}-raw_reference") == "LN-7, page 12"
    assert typed(answer, f"t{stored}-raw_reference") == ""


def test_further_result_has_the_defaults_of_the_row_that_was_stored(grid, world):
    """Not those of who looks: they would say that somebody else performed it."""
    marek, yesterday = world.cast.marek, str(grid.today - datetime.timedelta(1))
    given = {"performed_by": marek.pk, "performed_on": yesterday}

    answer = grid.post("WATER", "0.21", **given)

    pk = world.tests["WATER"].pk
    assert typed(answer, f"t{pk}-performed_by") == str(marek.pk)
    assert typed(answer, f"t{pk}-performed_on") == yesterday


def test_rejected_lot_takes_no_value_and_the_page_says_why(grid, world, lot, at):
    bench.decide(world.cast, disposition.reject, lot, at=at, reason="Wrong drum")

    said = words(grid.show())
    answer = grid.post("WATER", "0.21")

    sentence = (
        "“Enter results” is not possible for BAC-26-001 while the lot is rejected; it"
        " is open only for a lot that is in quarantine or on hold."
    )
    assert sentence in said
    assert refused(answer) == [sentence]
    assert stored() == []


@pytest.mark.parametrize("username", ["sofia", "chen", "maria", "ines", "admin"])
def test_entering_is_for_analysts(world, lot, at, username):
    answer = Grid(world, lot, at, username).post("WATER", "0.21")

    assert answer.status_code == 403
    assert stored() == []


# --- submit -------------------------------------------------------------------------


def test_ticked_results_are_submitted(grid, lot):
    grid.post("WATER", "0.21")
    grid.post("IMPA", "0.04")
    water, _impurity = Result.objects.order_by("pk")

    answer = grid.client.post(f"{grid.address}submit/", {"result": water.pk})

    assert answer.headers["Location"] == f"/lots/{lot.pk}/#results"
    assert [(mark.result, mark.kind) for mark in Mark.objects.all()] == [
        (water, "submitted")
    ]


def test_submit_is_open_once_something_waits(grid):
    before = grid.show().content.decode()
    grid.post("WATER", "0.21")
    after = grid.show().content.decode()

    closed = '<button class="btn btn-primary" disabled aria-describedby="entry-summary"'
    assert (closed in before, closed in after) == (True, False)


def test_submitting_nothing_is_refused(grid):
    answer = grid.client.post(f"{grid.address}submit/", {})

    assert answer.status_code == 422
    assert refused(answer) == ["Nothing was submitted; tick at least one result."]


def test_one_cell_takes_sixteen_queries(world, at):
    """With its sample, its trail, its outcome and everything that the row shows."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-901")
    results = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
    rest = {code: results[code] for code in results if code not in ("MEOH", "TOL")}
    bench.enter(lot, world, rest, by=world.cast.lin, at=at)
    grid = Grid(world, lot, at)
    grid.post("MEOH", "112")
    sample = lot.samples.get().pk

    with CaptureQueriesContext(connection) as asked:
        answer = grid.post("TOL", "<20", sample=sample)

    said = [one["sql"].split()[0] for one in asked]
    queries = [word for word in said if word not in ("SAVEPOINT", "RELEASE")]
    assert "Pass" in grid.row(answer, "TOL")
    assert len(queries) == 16
