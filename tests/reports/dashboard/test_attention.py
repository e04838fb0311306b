"""Processes that need attention: what is found, and that it is found anew."""

import datetime
from decimal import Decimal

import pytest
from django.core.cache import cache

from lots.demo import bench
from lots.rules.stored_codes import Tone
from reports.dashboard import attention
from reports.dashboard.scope import ALL, Scope
from tests.lots.pages import signed_in, words

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
def make(world, at):
    """Return a function that makes a lot a day, each with a result of its water."""

    def made(values, *, first=1, at=at):
        for place, value in enumerate(values, start=first):
            lot = bench.log(
                world.cast,
                world,
                at=at,
                number=f"BAC-26-{700 + place}",
                manufactured_on=at.date() - datetime.timedelta(80 - place),
            )
            bench.enter(lot, world, {"WATER": value}, by=world.cast.lin, at=at)

    return made


def said(at, scope=ALL):
    return [row["words"] for row in attention.processes(at, scope)[0]]


@pytest.mark.postgres
def test_signal_of_a_new_lot_shows_though_nothing_was_found_before(world, at, make):
    make(STEADY)
    assert said(at) == []

    make(["0.45"], first=11)

    assert said(at) == [["Nelson 1: One point beyond 3 sigma at BAC-26-711"]]
    page = words(signed_in(world.cast.maria).get("/dashboard/"))
    assert "Nelson 1: One point beyond 3 sigma at BAC-26-711" in page
    assert "1 process looked at" in page
    # The same, where nothing is remembered.
    cache.clear()
    assert len(said(at)) == 1
    assert said(at, Scope(use="oral")) == said(at)
    assert said(at, Scope(use="intrathecal")) == []


def test_signal_is_gone_after_thirty_days(world, at, make):
    make([*STEADY, "0.45"])

    assert said(at + datetime.timedelta(days=31)) == []


def test_results_that_drift_to_a_limit_say_when_they_reach_it(at, make):
    """0.55 to 0.79 in 25 lots, 0.01 each: the limit of 1.0 in 21 more."""
    make([f"0.{number}" for number in range(55, 80)])

    [found] = said(at)

    assert found[-1] == "Drifts to a limit: reached in 21 lots if it goes on"


def test_oos_is_said_before_a_signal_of_an_earlier_lot(at, make):
    """Six rise, and a later lot fails: its lot, its look and its words come first."""
    make([*STEADY, "0.15", "0.18", "0.20", "0.22", "0.25", "0.28", "0.20", "1.3"])

    [row] = attention.processes(at, ALL)[0]

    assert row["words"] == [
        "OOS at BAC-26-718",
        "Nelson 1: One point beyond 3 sigma at BAC-26-718",
    ]
    assert (row["tone"], row["lot"]["number"]) == (Tone.OOS, "BAC-26-718")


@pytest.mark.parametrize(
    ("steps", "expected"),
    [(("0.01", "0.08"), True), (("0.08", "0.01"), False)],
    ids=["falls", "rises"],
)
def test_ppk_that_fell_is_said_where_the_intervals_lie_apart(at, make, steps, expected):
    """25 lots and 25 after them, up to three steps from 0.40; the limit is 1.0."""
    make(
        f"{Decimal('0.40') + (place % 7 - 3) * step}"
        for step in map(Decimal, steps)
        for place in range(25)
    )

    told = [one for row in said(at) for one in row if one.startswith("Ppk fell")]

    assert bool(told) == expected
