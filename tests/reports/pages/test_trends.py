"""Trends: QA sees the results of a test lot after lot, and what the rules say."""

import csv
import datetime
import io
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from lots.demo import bench
from lots.release import disposition
from tests.lots.pages import signed_in, words

pytestmark = pytest.mark.django_db
STEADY = (
    "0.21",
    "0.24",
    "0.19",
    "0.22",
    "0.25",
    "0.20",
    "0.23",
    "0.18",
    "0.22",
    "0.21",
)


@pytest.fixture
def history(world, at):
    """Return a function that makes a lot a day, each with a result of the test."""

    def make(values, *, code="WATER", first=1):
        lots = []
        for place, value in enumerate(values):
            lot = bench.log(
                world.cast,
                world,
                at=at,
                number=f"BAC-26-{700 + first + place}",
                manufactured_on=at.date() - datetime.timedelta(80 - first - place),
            )
            bench.enter(lot, world, {code: value}, by=world.cast.lin, at=at)
            lots.append(lot)
        return lots

    return make


@pytest.fixture
def page(world):
    """Return a function that asks for the trend of a test, as QA."""

    def ask(code="WATER", **query):
        address = f"/trends/{world.material.pk}/{world.tests[code].pk}/"
        return signed_in(world.cast.chen).get(address, query)

    return ask


@pytest.mark.postgres
def test_point_beyond_three_sigma_is_a_signal_with_its_lot(history, page):
    history([*STEADY, "0.45"])

    shown = page()

    said = words(shown)
    assert "The last 11 lots looked at. 11 have a result." in said
    assert "Nelson 1: One point beyond 3 sigma BAC-26-711" in said
    assert "Where nothing changes, these rules signal at" in said
    body = shown.content.decode()
    assert 'class="x-oot"' in body
    assert "<title>BAC-26-711: 0.45 %, Nelson 1: One point beyond 3 sigma</title>" in (
        body
    )


def test_figures_are_those_of_a_worked_example(history, page):
    """In tenths: 99.6 is 996; limits 98.9412 and 100.3921 (reference, spc_charts)."""
    tenths = (996, 998, 995, 999, 997, 994, 998, 996, 997, 995, 999, 996)
    history([str(value) for value in tenths], code="MEOH")

    found = page("MEOH").context["trend"].found

    assert found.chart.individuals.centre == pytest.approx(996.667, abs=1e-3)
    # Computed there with the rounded d2 of 1.128.
    assert found.chart.individuals.upper == pytest.approx(1003.921, abs=5e-3)
    assert found.chart.individuals.lower == pytest.approx(989.412, abs=5e-3)
    assert found.chart.moving_range.upper == pytest.approx(8.910, abs=5e-3)


def test_few_lots_have_points_and_no_limits_in_words(history, page):
    history(STEADY[:3])

    shown = page()

    said = words(shown)
    assert "An individuals chart needs at least 8 values; there are 3." in said
    assert "A Ppk needs at least 25 values; there are 3." in said
    assert "No run rules are applied." in said
    assert 'class="x-cl' not in shown.content.decode()


def test_results_mostly_below_loq_have_no_limits_and_no_index(history, page):
    history(["<0.05"] * 6 + ["0.06", "0.07", "0.08"], code="ROI")

    shown = page("ROI")

    said = words(shown)
    assert "6 of 9 results are below the LOQ, more than half" in said
    assert "Below LOQ 6 drawn at the LOQ, hollow" in said
    assert shown.content.decode().count('class="x-open"') == 6


def test_rejected_lot_is_hollow_and_makes_no_limits(world, at, history, page):
    lots = history([*STEADY, "0.29"])
    bench.decide(world.cast, disposition.reject, lots[-1], at=at, reason="Spilt")

    shown = page()

    assert shown.context["trend"].found.baseline == 10
    assert shown.content.decode().count('class="x-open"') == 1
    assert "Of rejected lots 1 in Pp and Ppk, not in the control limits" in words(shown)


def test_limits_of_the_first_lots_are_not_moved_by_those_after(history, page):
    history([*STEADY, *STEADY, "0.36", "0.37", "0.39", "0.38"])

    shown = page(baseline="20")

    assert shown.context["trend"].found.chart.n == 20
    assert "Limits from the first 20 lots" in words(shown)
    assert "Nelson 1: One point beyond 3 sigma (at 4 lots in a row)" in words(shown)


def test_rules_and_limits_are_chosen_in_the_address(history, page):
    history([*STEADY, "0.45"])

    shown = page(rules="western_electric", limits="none")

    assert "Western Electric 1: One point beyond 3 sigma" in words(shown)
    assert "A test without a lower or an upper limit has no capability." in words(shown)
    assert "USL" not in words(shown)


def test_window_says_that_older_lots_are_not_shown(history, page):
    history([*STEADY, *STEADY, *STEADY[:6]])

    assert "The last 25 lots looked at; older lots are not shown." in words(
        page(last="25")
    )


def test_filter_that_cannot_be_read_is_refused_and_the_page_still_answers(
    history, page
):
    history(STEADY)

    shown = page(since="yesterday", last="7", process="None such")

    assert shown.status_code == 200
    assert set(shown.context["filter"].errors) == {"since", "last", "process"}
    assert "“7” is not one of the choices" in words(shown)
    assert page(since="yesterday", format="csv").status_code == 302


def test_points_are_exported_with_every_digit(history, page):
    history([*STEADY, "0.45"])

    answer = page(format="csv")

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["Value, %"] for row in rows] == [*STEADY, "0.45"]
    assert rows[-1]["Signals"] == "Nelson 1: One point beyond 3 sigma"
    assert rows[1]["Moving range"] == "0.03"
    assert answer["Content-Disposition"].endswith('-water.csv"')


def test_chart_is_a_file_of_its_own(history, page):
    history(STEADY)

    answer = page(format="svg")

    root = ElementTree.fromstring(answer.content)
    assert answer["Content-Type"] == "image/svg+xml"
    assert root.tag.endswith("svg")
    assert sum(one.tag.endswith("circle") for one in root.iter()) >= 10


@pytest.mark.poppler
def test_sheet_is_one_page_with_chart_and_figures(history, page):
    history([*STEADY, "0.45"])

    answer = page(format="pdf")

    text = subprocess.run(
        ["pdftotext", "-layout", "-", "-"],
        input=answer.content,
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert text.count("\f") == 1
    assert "Trend: Water (Karl Fischer), Baclofen" in text
    assert "BAC-26-711: Nelson 1: One point beyond 3 sigma" in text
    assert "Uncontrolled copy." in text


def test_test_of_words_has_no_trend(page):
    assert page("APP").status_code == 404


def test_overview_shows_the_test_with_a_signal_first(world, history):
    history([*STEADY, "0.45"])
    history(["<0.05"] * 9, code="ROI", first=20)

    shown = signed_in(world.cast.ines).get("/trends/")

    assert [one.test.code for one in shown.context["tests"]] == ["WATER", "ROI"]
    said = words(shown)
    assert "Nelson 1 at BAC-26-711" in said
    assert "9 of 9 results are below the LOQ" in said
    assert f"/trends/{world.material.pk}/{world.tests['WATER'].pk}/?use=oral" in (
        shown.content.decode()
    )


def test_overview_of_an_empty_site_says_so(world):
    shown = signed_in(world.cast.chen).get("/trends/")

    assert "No lot has a result yet." in words(shown)


def test_side_bar_leads_to_the_trends(world):
    assert '<a href="/trends/"' in signed_in(world.cast.maria).get("/").content.decode()


def test_no_page_but_a_trend_loads_numpy():
    """Asked of a process of its own, for others here have loaded it."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, django; django.setup()\n"
            "import qatracker.urls\n"
            "from django.urls import get_resolver\n"
            "get_resolver().url_patterns\n"
            "assert 'reports.views.trends' in sys.modules\n"
            "print('numpy' in sys.modules, 'reports.trends' in sys.modules)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "False False\n"
