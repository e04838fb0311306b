"""What the table of steps refuses: another role, another state, the same person."""

import pytest

from lots.rules import step_table
from lots.rules.states import LotState
from lots.rules.step_table import DECISIONS, STEPS, NotAllowed

QA = {"roles": frozenset({"qa"}), "subject": "BAC-26-001"}
TO_RELEASE = {**QA, "lot_state": "quarantine", "assessment_state": "complete"}


@pytest.mark.parametrize(
    ("step", "told", "code", "sentence"),
    [
        (
            "release",
            {**TO_RELEASE, "roles": frozenset({"analyst"})},
            "role",
            "Your role does not allow “Release” of BAC-26-001; ask QA.",
        ),
        (
            "release",
            {**TO_RELEASE, "lot_state": "on_hold"},
            "lot-state",
            "“Release” is not possible for BAC-26-001 while the lot is on hold; it is"
            " open only for a lot that is in quarantine.",
        ),
        (
            "refuse",
            {**TO_RELEASE, "assessment_state": "released"},
            "assessment-state",
            "“Refuse release” is not possible for BAC-26-001 while its assessment is"
            " released; it is open only for one that is in testing or complete.",
        ),
        (
            "release",
            {**TO_RELEASE, "deeds": frozenset({"entered", "reviewed"})},
            "independence",
            "“Release” of BAC-26-001 takes another person: you entered facts or"
            " results of it and reviewed it.",
        ),
        (
            "approve",
            {**QA, "deeds": frozenset({"drafted"})},
            "independence",
            "“Approve” of BAC-26-001 takes another person: you drafted it.",
        ),
    ],
    ids=["role", "lot", "assessment", "worked on it", "drafted it"],
)
def test_closed_step_says_why(step, told, code, sentence):
    with pytest.raises(NotAllowed) as caught:
        step_table.check(STEPS[step], **told)

    assert (caught.value.code, str(caught.value)) == (code, sentence)


def test_open_step_refuses_nothing():
    assert step_table.check(STEPS["release"], **TO_RELEASE) is None


@pytest.mark.parametrize("code", DECISIONS)
def test_decision_says_what_it_will_mean_what_it_was_and_how_it_is_told(code):
    step = STEPS[code]

    assert step.effect
    assert step.done % {"lot": "BAC-26-001"}
    assert step.told % {"who": "Chen Bo", "lot": "BAC-26-001", "deviation": "DEV-1"}
    assert step.reason


def test_what_puts_a_lot_into_a_state_is_a_decision_or_its_logging():
    led = {code for code, step in STEPS.items() if step.leads_to in tuple(LotState)}

    assert led == {"log", *DECISIONS}
