"""Every state has its words, its chip, and a row of the table that leads to it."""

from pathlib import Path

import pytest

from lots.rules.roles import Deed, IssuerRole, Role
from lots.rules.states import (
    LIVE,
    Approval,
    AssessmentState,
    AttemptStage,
    LineOutcome,
    LotState,
    Stage,
    Validity,
)
from lots.rules.step_table import STEPS, Meaning
from lots.rules.stored_codes import Coded, Said, Tone
from lots.rules.verdicts import Outcome
from lots.views.lot_steps import NEXT
from lots.wording import choices
from reports.models import State
from reports.status.certificate_status import CertificateStatus

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = (ROOT / "docs" / "workflow.md").read_text(encoding="utf-8")
ENUMS = (
    LotState,
    AssessmentState,
    Approval,
    Validity,
    AttemptStage,
    LineOutcome,
    Stage,
    Role,
    Deed,
    IssuerRole,
    Meaning,
    State,
    CertificateStatus,
)


@pytest.mark.parametrize("codes", ENUMS, ids=lambda codes: codes.__name__)
def test_every_code_has_a_word_of_its_own(codes):
    words = [code.word for code in codes]

    assert all(word.strip() == word != "" for word in words)
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    "codes",
    [one for one in ENUMS if issubclass(one, Said)],
    ids=lambda codes: codes.__name__,
)
def test_every_code_that_sentences_say_has_its_form(codes):
    assert all(code.said.strip() == code.said != "" for code in codes)


@pytest.mark.parametrize(
    "codes",
    [LotState, AssessmentState, Approval, Validity, LineOutcome, Stage],
    ids=lambda codes: codes.__name__,
)
def test_every_chip_has_a_tone_that_the_stylesheet_knows(codes):
    css = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "qatracker" / "static").rglob("*.css")
    )

    assert {code.tone for code in codes} <= set(Tone)
    assert {tone for tone in Tone if f".chip-{tone}" not in css} == set()
    assert len({tone.shape for tone in Tone}) == len(Tone)


def test_code_is_what_is_stored_and_its_word_is_what_is_shown():
    assert (str(LotState.ON_HOLD), LotState.ON_HOLD == "on_hold") == ("on_hold", True)
    assert choices(LotState)[1] == ("on_hold", "On hold")
    assert LotState.of("on_hold") is LotState.ON_HOLD
    with pytest.raises(ValueError, match="'lost' is no LotState"):
        LotState.of("lost")


def test_member_without_its_word_cannot_be_made():
    with pytest.raises(TypeError):

        class Wordless(Coded):
            LOST = "lost"


def test_lot_that_is_not_in_quarantine_has_the_stage_of_its_state():
    others = [state for state in LotState if state != LotState.QUARANTINE]

    assert [(state, state.word, state.tone) for state in others] == [
        (stage, stage.word, stage.tone) for stage in map(Stage.of, others)
    ]


def test_every_stage_says_what_comes_next():
    """But for the state of a lot that nobody works on any more.

    Of a lot past its date or with a release blocked, what closes the release says it.
    """
    over = {Stage.of(state) for state in LotState if state not in LIVE}

    assert set(Stage) - set(NEXT) == over | {Stage.DATE_PASSED, Stage.BLOCKED}
    assert {code for code, _words in NEXT.values()} <= {*STEPS, ""}


def test_outcome_of_a_line_has_every_outcome_of_a_verdict():
    assert set(Outcome) < set(LineOutcome)


def test_every_state_of_a_lot_is_reached_by_a_row_of_the_table():
    reached = {
        step.leads_to for step in STEPS.values() if isinstance(step.leads_to, LotState)
    }

    assert reached == set(LotState)


def test_every_decision_on_an_assessment_is_reached_by_a_row_or_a_reopening():
    reached = {
        step.leads_to
        for step in STEPS.values()
        if isinstance(step.leads_to, AssessmentState)
    }

    # The first two come by themselves, the last one by reopening the lot.
    assert set(AssessmentState) - reached == {
        AssessmentState.OPEN,
        AssessmentState.COMPLETE,
        AssessmentState.RELEASE_WITHDRAWN,
    }


@pytest.mark.parametrize(
    ("heading", "codes"),
    [
        ("## The states of a lot", LotState),
        ("## The states of an assessment", AssessmentState),
    ],
)
def test_workflow_explains_every_state(heading, codes):
    section = WORKFLOW.partition(heading)[2].partition("\n## ")[0]
    rows = [line[2:].partition(" |")[0] for line in section.splitlines()[2:]]

    assert [row for row in rows if row in {code.word.lower() for code in codes}] == [
        code.word.lower() for code in codes
    ]


def test_workflow_explains_every_word_of_lists():
    section = WORKFLOW.partition("## What lists and My work say")[2]
    section = section.partition("\n## ")[0]
    words = {
        word.strip()
        for line in section.splitlines()
        if line.startswith("| ")
        for word in line.split("|")[1].split(",")
    }

    assert {stage.word for stage in Stage} - words == set()
