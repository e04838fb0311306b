"""docs/statistics.md says what the program calculates."""

import re
from pathlib import Path

import pytest

from lots.statistics.false_alarms import false_alarms
from lots.statistics.run_rules import NELSON, PROPOSED, WESTERN_ELECTRIC, RunRule

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
SETS = {
    "Nelson 1": (RunRule.NELSON_1,),
    "Nelson 1, 2, 3, 5 (proposed)": PROPOSED,
    "Nelson 1–8": NELSON,
    "Western Electric 1–4": WESTERN_ELECTRIC,
}
RATES = re.findall(
    r"^\| ([^|]+) \| (unrounded|[\d.]+ sigma) \| ([\d.]+) \| ([\d.]+) \| [\d.]+ \|$",
    PAGE,
    re.MULTILINE,
)


@pytest.mark.parametrize(
    ("rules", "step", "stated", "found"),
    RATES,
    ids=[f"{rules}, {step}" for rules, step, _stated, _found in RATES],
)
def test_rate_of_false_alarms_is_what_the_table_states(rules, step, stated, found):
    rate = false_alarms(
        rules=SETS[rules],
        baseline=25,
        step=0.0 if step == "unrounded" else float(step.removesuffix(" sigma")),
    )

    assert f"{rate.findings_per_lot:.4f}" == stated
    # What 1,000 other histories met is within a fifth of it.
    assert float(found) == pytest.approx(float(stated), rel=0.2)


def test_table_has_each_set_at_each_step():
    assert len(RATES) == len(SETS) * 4


def test_rates_of_thirty_tests_are_what_the_page_says():
    """Three of four, half and a quarter of the lots."""
    shares = [
        false_alarms(rules=rules, baseline=25).lots_with_a_finding_of(tests=30)
        for rules in (NELSON, PROPOSED, SETS["Nelson 1"])
    ]

    assert shares == pytest.approx([0.75, 0.5, 0.25], abs=0.04)


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "lots" / "statistics").glob("[!_]*.py")),
    ids=lambda path: path.name,
)
def test_page_names_the_module(path):
    assert f"`{path.name}`" in PAGE


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(\w+\.py)`", PAGE))))
def test_module_that_the_page_names_exists(name):
    assert (ROOT / "lots" / "statistics" / name).is_file()
