"""Completion: what an assessment still needs before it is complete, one sentence each.

Works on lines that were evaluated already; reads and writes no rows.
"""

import datetime
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from lots.accounts import permissions
from lots.evaluation import retests
from lots.evaluation.outcome import Attempt, AttemptsByTest, Line
from lots.models import (
    Assessment,
    Conclusion,
    Investigation,
    Specification,
    TestOrder,
)
from lots.rules.refusal import Refusal
from lots.rules.states import AttemptStage, LineOutcome
from lots.rules.verdicts import Outcome, Verdict
from lots.setup.catalogue import Catalogue


def here(
    lines: Sequence[Line], attempts: AttemptsByTest, catalogue: Catalogue
) -> Iterator[Refusal]:
    """Yield what stands in the way of completion, in the order of the lines.

    Complete is an assessment when every result it needs is reviewed, every required
    criterion passes (report-only: is reported), no standing result for any of its
    criteria fails or is undecided, no correction waits for its second person, and
    what this module says besides leaves nothing: the retests that were planned are
    there, and no investigation on the lot is open (architecture.md 3).
    """
    for line in lines:
        said = {"test": line.test.name, "criterion": line.words}
        if line.outcome == LineOutcome.MISSING:
            yield Refusal("missing", "%(test)s has no result; enter one.", **said)
        elif line.outcome == LineOutcome.FAIL:
            yield Refusal(
                "fails",
                "%(test)s does not meet %(criterion)s, and the failing result stands.",
                **said,
            )
        elif line.outcome == LineOutcome.UNDECIDED and (water_id := _water_gone(line)):
            water = catalogue.tests[water_id].name
            yield Refusal(
                "stale",
                "%(test)s was corrected by a result of %(water)s that no longer stands."
                " Where %(water)s has another that does, enter the values of %(test)s"
                " again as a transcription correction; else enter %(water)s, and"
                " %(test)s is worked out again.",
                water=water,
                **said,
            )
        elif line.outcome == LineOutcome.UNDECIDED and _undecided(line):
            yield Refusal(
                "undecided",
                "%(test)s cannot be decided against %(criterion)s: %(reason)s Correct"
                " what was typed, or open an investigation of it.",
                reason=_undecided(line)[0][1].reason,
                **said,
            )
        if any(attempt.stage == AttemptStage.UNCONFIRMED for attempt, _ in line.judged):
            yield Refusal(
                "unconfirmed",
                "A correction of %(test)s waits for a reviewer to confirm it.",
                **said,
            )
    yield from _unreviewed(lines, attempts, catalogue)


def still_open(investigations: Iterable[Investigation]) -> Iterator[Refusal]:
    """Yield the investigations on the lot that QA has not concluded."""
    for investigation in investigations:
        if investigation.closed_at is None:
            yield Refusal(
                "investigation",
                "Investigation %(number)s on the lot is open; QA must conclude it.",
                number=investigation.number,
            )


def _water_gone(line: Line) -> int | None:
    """Return the water test whose result, gone since, corrected one that stands."""
    is_stale = any(attempt.stale for attempt, _ in _undecided(line))
    return line.test.water_test_id if is_stale else None


def _undecided(line: Line) -> list[tuple[Attempt, Verdict]]:
    """Return the standing results that somebody has to do something about.

    Not what is stale and waits with a correction: it follows once that is decided.
    """
    waiting = {
        attempt.result.replaces_id
        for attempt, _ in line.judged
        if attempt.stage == AttemptStage.UNCONFIRMED
    }
    return [
        (attempt, verdict)
        for attempt, verdict in line.valid
        if verdict.outcome == Outcome.UNDECIDED
        and not (attempt.stale and attempt.result.pk in waiting)
    ]


def _unreviewed(
    lines: Sequence[Line], attempts: AttemptsByTest, catalogue: Catalogue
) -> Iterator[Refusal]:
    """Yield what a second person has not seen of the lines and what they rest on."""
    own = {line.criterion.test_id for line in lines}
    needed = set(own)
    for test_id in own:
        test = catalogue.tests[test_id]
        if test.water_test_id:
            needed.add(test.water_test_id)
        needed.update(part.pk for part in catalogue.components[test_id])
    for test_id in sorted(needed):
        for attempt in attempts.get(test_id, ()):
            if attempt.is_valid and not attempt.reviewed:
                yield Refusal(
                    "unreviewed",
                    "%(test)s, attempt %(attempt)s, is not reviewed.",
                    test=attempt.test.name,
                    attempt=attempt.result.attempt,
                )
            elif attempt.stage == AttemptStage.UNCONFIRMED and test_id not in own:
                yield Refusal(
                    "unconfirmed",
                    "A correction of %(test)s waits for a reviewer to confirm it.",
                    test=attempt.test.name,
                )


def retested(
    assessment: Assessment,
    lines: Sequence[Line],
    investigations: Iterable[Investigation],
    attempts_of: dict[int, AttemptsByTest],
) -> Iterator[Refusal]:
    """Yield what a proven error still asks for: retests planned, a result in its place.

    Takes the investigations that touch a test which any specification asks of the lot
    for the use, and the attempts by examination and test. They hold whichever
    examination or version is released, or either would be a way round what was
    planned (FDA OOS guidance 2022: no testing into compliance).
    """
    missing = {
        line.criterion.test_id for line in lines if line.outcome == LineOutcome.MISSING
    }
    for investigation in investigations:
        if investigation.conclusion != Conclusion.PROVEN:
            continue
        result = investigation.result
        attempts = attempts_of[result.test_order_id][result.test_id]
        is_here = result.test_order_id == assessment.test_order_id
        said: dict[str, Any] = {
            "test": result.test.name,
            "number": investigation.number,
        }
        if not is_here:
            said["ordinal"] = result.test_order.ordinal
        if not any(attempt.is_valid for attempt in attempts) and not (
            is_here and result.test_id in missing
        ):
            # What was tested cannot look as if it had not been (FDA OOS 2022).
            yield Refusal(
                "invalidated",
                "%(test)s has no result in place of the one that %(number)s found"
                " invalid; test it again."
                if is_here
                else "%(test)s has no result in place of the one that %(number)s found"
                " invalid in examination %(ordinal)s of the lot; test it again there.",
                **said,
            )
        done = len(retests.done(investigation, attempts))
        if done < (investigation.planned_retests or 0):
            yield Refusal(
                "retests",
                "%(test)s has %(done)s of the %(planned)s retests planned in"
                " %(number)s."
                if is_here
                else "%(test)s has %(done)s of the %(planned)s retests planned in"
                " %(number)s in examination %(ordinal)s of the lot; they are done"
                " there.",
                done=done,
                planned=investigation.planned_retests,
                **said,
            )


def earlier_versions(
    lines_by_specification: Iterable[tuple[Specification, Sequence[Line]]],
) -> Iterator[Refusal]:
    """Yield what fails against an earlier version of the specification.

    Takes (specification, lines) of each earlier one in the same examination. A limit
    that was widened, or left out, after the result was known does not make it pass.
    """
    for specification, lines in lines_by_specification:
        for line in lines:
            if line.outcome == LineOutcome.FAIL:
                yield Refusal(
                    "earlier-version",
                    "%(test)s has the result %(shown)s against %(criterion)s of"
                    " %(specification)s, and it stands; a later version does not make"
                    " it pass.",
                    test=line.test.name,
                    shown=line.shown,
                    criterion=line.words,
                    specification=str(specification),
                )


def approved_since(
    specification: Specification,
    lines_by_specification: Iterable[tuple[Specification, Sequence[Line]]],
    *,
    known: Collection[int],
) -> Iterator[Refusal]:
    """Yield what failed for the use before the specification was approved.

    Takes (specification, lines) of the other codes for the use, wherever they judge
    the lot. A limit under a new code, approved once the result was known, is as little
    a way round it as a new version. Codes that stood side by side before are: what was
    `known`, as keys of results, when the lot was released against one holds nothing.
    """
    if specification.signature is None:
        return
    since = specification.signature.at
    for other, lines in lines_by_specification:
        for line in lines:
            if any(
                verdict.outcome == Outcome.FAIL
                and attempt.result.pk not in known
                and _was_there(line, attempt, since)
                for attempt, verdict in line.valid
            ):
                yield Refusal(
                    "approved-since",
                    "%(test)s has the result %(shown)s against %(criterion)s of"
                    " %(specification)s, and it stands; what was approved since does"
                    " not make the lot pass.",
                    test=line.test.name,
                    shown=line.shown,
                    criterion=line.words,
                    specification=str(other),
                )


def _was_there(line: Line, attempt: Attempt, since: datetime.datetime) -> bool:
    """Say whether the attempt, or what it came in place of, was entered by then.

    What it corrects, or was worked out again from; and what failed before and was
    tested again, for a retest that fails too tells nothing new.
    """
    earlier = [
        other.result
        for other, verdict in line.judged
        if verdict.outcome == Outcome.FAIL
    ]
    return any(
        result.entered_at <= since
        for result in (*permissions.history(attempt.result), *earlier)
    )


def elsewhere(
    lines_by_test_order: Iterable[tuple[TestOrder, Sequence[Line]]],
) -> Iterator[Refusal]:
    """Yield what other examinations of the lot hold against the assessment.

    Takes (examination, lines) of each other one. A further examination is no way
    round a result that stands (FDA OOS guidance 2022: no testing into compliance).
    """
    for test_order, lines in lines_by_test_order:
        for line in lines:
            if line.outcome in (LineOutcome.FAIL, LineOutcome.UNDECIDED):
                yield Refusal(
                    "elsewhere"
                    if line.outcome == LineOutcome.FAIL
                    else "elsewhere-undecided",
                    "%(test)s has the result %(shown)s against %(criterion)s in"
                    " examination %(ordinal)s of the lot, and it stands; no other"
                    " examination takes its place.",
                    test=line.test.name,
                    shown=line.shown,
                    criterion=line.words,
                    ordinal=test_order.ordinal,
                )
