"""States: of a lot, an assessment, a draft, a result; and what a lot waits for.

Each member carries its code, its words and the tone of its chip. Standard library
only.
"""

from lots.rules.stored_codes import Coded, Said, Tone
from lots.rules.stored_codes import gettext_noop as _
from lots.rules.verdicts import Outcome


class State(Said):
    """A state with a chip; `said` is how a sentence says it: the lot is on hold."""

    tone: Tone

    def __init__(self, _code: str, _word: str, said: str, tone: Tone) -> None:
        super().__init__(_code, _word, said)
        self.tone = tone


class LotState(State):
    """The state of a lot; a released lot is in quarantine (architecture.md 3).

    A lot that `is_live` is still worked on.
    """

    is_live: bool

    def __init__(
        self, _code: str, _word: str, said: str, tone: Tone, is_live: bool = False
    ) -> None:
        super().__init__(_code, _word, said, tone)
        self.is_live = is_live

    QUARANTINE = "quarantine", _("Quarantine"), _("in quarantine"), Tone.MISSING, True
    ON_HOLD = "on_hold", _("On hold"), _("on hold"), Tone.ALERT, True
    REJECTED = "rejected", _("Rejected"), _("rejected"), Tone.OOS
    RECALLED = "recalled", _("Recalled"), _("recalled"), Tone.OOS
    VOID = "void", _("Void (logged in error)"), _("void"), Tone.MISSING


LIVE = tuple(state for state in LotState if state.is_live)


class AssessmentState(State):
    """The state of an assessment: complete by itself, decided by QA."""

    OPEN = "open", _("In testing"), _("in testing"), Tone.MISSING
    COMPLETE = "complete", _("Complete"), _("complete"), Tone.UNDECIDED
    RELEASED = "released", _("Released"), _("released"), Tone.PASS
    REFUSED = "refused", _("Refused"), _("refused"), Tone.OOS
    RELEASE_WITHDRAWN = (
        "release_withdrawn",
        _("Release withdrawn"),
        _("release withdrawn"),
        Tone.ALERT,
    )


# Those that QA has not decided yet; with the released ones, those that still count.
NOT_DECIDED = (AssessmentState.OPEN, AssessmentState.COMPLETE)
CURRENT = (*NOT_DECIDED, AssessmentState.RELEASED)


class Approval(State):
    """The life of something that one person drafts and another approves."""

    DRAFT = "draft", _("Draft"), _("draft"), Tone.ALERT
    APPROVED = "approved", _("Approved"), _("approved"), Tone.PASS
    SUSPENDED = "suspended", _("Suspended"), _("suspended"), Tone.OOS
    SUPERSEDED = "superseded", _("Superseded"), _("superseded"), Tone.MISSING
    WITHDRAWN = "withdrawn", _("Withdrawn"), _("withdrawn"), Tone.MISSING


class Validity(Coded):
    """What a version of a specification is on a day."""

    tone: Tone

    def __init__(self, _code: str, _word: str, tone: Tone) -> None:
        self.tone = tone

    DRAFT = Approval.DRAFT.value, Approval.DRAFT.word, Approval.DRAFT.tone
    WITHDRAWN = (
        Approval.WITHDRAWN.value,
        Approval.WITHDRAWN.word,
        Approval.WITHDRAWN.tone,
    )
    AWAITED = "awaited", _("Approved, not effective yet"), Tone.UNDECIDED
    EFFECTIVE = "in_force", _("Effective"), Tone.PASS
    SUPERSEDED = (
        Approval.SUPERSEDED.value,
        Approval.SUPERSEDED.word,
        Approval.SUPERSEDED.tone,
    )


class AttemptStage(Said):
    """What became of a result after it was stored.

    Unconfirmed is a correction that waits for its second person. `said` is how a
    sentence says it: attempt 2 is submitted.
    """

    ENTERED = "entered", _("Entered, not submitted"), _("entered")
    SUBMITTED = "submitted", _("Submitted"), _("submitted")
    RETURNED = "returned", _("Returned"), _("returned")
    REVIEWED = "reviewed", _("Reviewed"), _("reviewed")
    INVALIDATED = "invalidated", _("Invalidated"), _("invalidated")
    REPLACED = "replaced", _("Replaced"), _("replaced")
    UNCONFIRMED = "unconfirmed", _("Correction to confirm"), _("unconfirmed")


# A result that is not valid any more.
GONE = (AttemptStage.INVALIDATED, AttemptStage.REPLACED)


class LineOutcome(Coded):
    """The outcome of a criterion over all its valid results.

    That of a verdict (`Outcome`, the same codes), or why there is none: it is missing,
    not required, or waits for another result that decides whether it is required.
    """

    tone: Tone

    def __init__(self, _code: str, _word: str, tone: Tone) -> None:
        self.tone = tone

    PASS = Outcome.PASS.value, _("Pass"), Tone.PASS
    FAIL = Outcome.FAIL.value, _("OOS"), Tone.OOS
    UNDECIDED = Outcome.UNDECIDED.value, _("Undecided"), Tone.UNDECIDED
    REPORTED = Outcome.REPORTED.value, _("Reported"), Tone.UNDECIDED
    MISSING = "missing", _("Missing"), Tone.MISSING
    WAITS = Outcome.WAITS.value, _("Waits"), Tone.MISSING
    NOT_REQUIRED = "not_required", _("Not required"), Tone.MISSING


class Stage(Coded):
    """Where a lot stands in one word: its state, or what it waits for next.

    A lot that is not in quarantine has the stage of its state: the same code, word
    and tone. That a lot to release cannot be released, for something closes its
    release or its date has passed, is asked on the day (`workflow.lot_stage`) and never
    stored.
    """

    tone: Tone

    def __init__(self, _code: str, _word: str, tone: Tone) -> None:
        self.tone = tone

    RETURNED = "returned", _("Returned"), Tone.MISSING
    TO_ENTER = "to_enter", _("Results to enter"), Tone.MISSING
    TO_SUBMIT = "to_submit", _("To submit"), Tone.MISSING
    TO_REVIEW = "to_review", _("To review"), Tone.UNDECIDED
    UNDECIDED = "undecided", _("Undecided"), Tone.UNDECIDED
    WAITS = "earlier_lot", _("Waits for an earlier lot"), Tone.MISSING
    INVESTIGATION = "investigation", _("Under investigation"), Tone.OOS
    FAILING = "failing", _("OOS confirmed"), Tone.OOS
    TO_RELEASE = "to_release", _("To release"), Tone.UNDECIDED
    BLOCKED = "blocked", _("Release blocked"), Tone.OOS
    DATE_PASSED = "date_passed", _("Date passed"), Tone.OOS
    RELEASED = "released", _("Released"), Tone.PASS
    REFUSED = "refused", _("Release refused"), Tone.OOS
    ON_HOLD = LotState.ON_HOLD.value, LotState.ON_HOLD.word, LotState.ON_HOLD.tone
    REJECTED = LotState.REJECTED.value, LotState.REJECTED.word, LotState.REJECTED.tone
    RECALLED = LotState.RECALLED.value, LotState.RECALLED.word, LotState.RECALLED.tone
    VOID = LotState.VOID.value, LotState.VOID.word, LotState.VOID.tone


# The stages in which somebody still has something to do with the lot.
WAITING = tuple(
    stage
    for stage in Stage
    if stage not in (Stage.RELEASED, Stage.REFUSED)
    and stage.value not in {state.value for state in LotState if not state.is_live}
)
