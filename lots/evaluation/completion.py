"""Completion: what an assessment still needs before it is complete, one sentence each.

Works on lines that were evaluated already; reads and writes no rows.
"""

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from lots.accounts import permissions
from lots.evaluation import retests
from lots.evaluation.outcome import (
    Attempt,
    AttemptsByTest,
    Line,
    MinimumEvaluation,
)
from lots.evaluation.sparing import Sparing
from lots.models import (
    Assessment,
    Conclusion,
    Investigation,
    Specification,
    TestOrder,
)
from lots.rules.refusal import Refusal
from lots.rules.states import GONE, AttemptStage, LineOutcome
from lots.rules.verdicts import Outcome, Requirement, Verdict
from lots.setup.catalogue import Catalogue


def here(
    lines: Sequence[Line], attempts: AttemptsByTest, catalogue: Catalogue
) -> Iterator[Refusal]:
    """Yield what blocks completion, in the order of the lines.

    An assessment is complete when every result it needs is reviewed, every required
    criterion passes (report-only: is reported), no valid result for any of its
    criteria fails or is undecided, and no correction waits for a reviewer. The other
    functions of this module add that planned retests are done and that no
    investigation on the lot is open (architecture.md 3).
    """
    for line in lines:
        said = {"test": line.test.name, "criterion": line.words}
        if line.outcome == LineOutcome.MISSING and line.sparing:
            yield required(line.test.name, line.sparing)
        elif line.outcome == LineOutcome.MISSING:
            yield Refusal("missing", "%(test)s has no result; enter one.", **said)
        elif line.outcome == LineOutcome.FAIL:
            yield Refusal(
                "fails",
                "%(test)s has a valid result that does not meet %(criterion)s. Only a"
                " proven laboratory error invalidates it; otherwise QA refuses the"
                " release.",
                **said,
            )
        elif line.outcome == LineOutcome.UNDECIDED and (water_id := _water_gone(line)):
            water = catalogue.tests[water_id].name
            yield Refusal(
                "stale",
                "%(test)s was calculated with a result of %(water)s that is no longer"
                " valid. If %(water)s has another valid result, enter the values of"
                " %(test)s again as a transcription correction. If not, enter"
                " %(water)s, and %(test)s is calculated again.",
                water=water,
                **said,
            )
        elif line.outcome == LineOutcome.WAITS and line.test.water_test_id:
            yield Refusal(
                "waits",
                "%(test)s waits for the result of %(water)s. Enter %(water)s, and"
                " %(test)s is calculated.",
                water=catalogue.tests[line.test.water_test_id].name,
                **said,
            )
        elif line.outcome == LineOutcome.UNDECIDED and _undecided(line):
            yield Refusal(
                "undecided",
                "%(test)s is undecided against %(criterion)s: %(reason)s Correct the"
                " value, or choose “Investigate”.",
                reason=_undecided(line)[0][1].reason,
                **said,
            )
        if any(
            attempt.stage == AttemptStage.UNCONFIRMED for attempt, _ in line.verdicts
        ):
            yield Refusal(
                "unconfirmed",
                "A correction of %(test)s waits for a reviewer, who verifies or"
                " returns it.",
                **said,
            )
    yield from _awaited(lines)
    yield from _unreviewed(lines, attempts, catalogue)


def required(test: str, sparing: Sparing) -> Refusal:
    """Return why a lot must have a periodic test that nothing spares it."""
    if sparing.is_stopped:
        return Refusal(
            "periodic",
            "%(test)s failed on lot %(earlier)s, so every lot is tested until QA"
            " reinstates its periodic testing; test it.",
            test=test,
            earlier=sparing.number,
        )
    if sparing.is_between:
        return Refusal(
            "periodic",
            "%(test)s failed on lot %(earlier)s, and this lot came after the last lot"
            " that passed it; test it.",
            test=test,
            earlier=sparing.number,
        )
    return Refusal(
        "periodic",
        "%(test)s is required: no earlier lot has a valid, reviewed result of it that"
        " passes and is recent enough; test it.",
        test=test,
    )


def against_sparing(
    found: Mapping[int, Sparing], catalogue: Catalogue
) -> Iterator[Refusal]:
    """Yield why these tests, not done on the lot, are not spared it by the records."""
    for test_id, one in found.items():
        name = catalogue.tests[test_id].name
        if one.is_required:
            yield required(name, one)
        elif one.is_awaited:
            yield _awaits(one.number, [name])


def _awaited(lines: Sequence[Line]) -> Iterator[Refusal]:
    """Yield the earlier lots whose results decide whether this one is tested."""
    tests: dict[str, list[str]] = {}
    for line in lines:
        if line.sparing and line.sparing.is_awaited:
            tests.setdefault(line.sparing.number, []).append(line.test.name)
    for number, names in tests.items():
        yield _awaits(number, names)


def _awaits(number: str, tests: Sequence[str]) -> Refusal:
    return Refusal(
        "earlier-lot",
        "Waits for lot %(earlier)s: if its results pass review, this lot need not be"
        " tested for %(tests)s. Have them reviewed, or test this lot.",
        earlier=number,
        tests=", ".join(tests),
    )


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
    """Return the water test of a valid result that an invalid water corrected."""
    is_stale = any(attempt.stale for attempt, _ in _undecided(line))
    return line.test.water_test_id if is_stale else None


def _undecided(line: Line) -> list[tuple[Attempt, Verdict]]:
    """Return the valid results that somebody has to do something about.

    Not what is stale and waits with a correction: it follows once that is decided.
    """
    waiting = {
        attempt.result.replaces_id
        for attempt, _ in line.verdicts
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
            counts = attempt.is_valid or (
                attempt.result.serves_hypothesis and attempt.stage not in GONE
            )
            if counts and not attempt.reviewed:
                yield Refusal(
                    "unreviewed",
                    "%(test)s, attempt %(attempt)s, is not reviewed; a reviewer must"
                    " sign it.",
                    test=attempt.test.name,
                    attempt=attempt.result.attempt,
                )
            elif attempt.stage == AttemptStage.UNCONFIRMED and test_id not in own:
                yield Refusal(
                    "unconfirmed",
                    "A correction of %(test)s waits for a reviewer, who verifies or"
                    " returns it.",
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
    for the use, and the attempts by test order and test. They count for every test
    order and version, or another one would be a way round what was planned (FDA OOS
    guidance 2022: no testing into compliance).
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
                "%(test)s has no valid result in place of the one that %(number)s"
                " invalidated; test it again."
                if is_here
                else (
                    "%(test)s has no valid result in place of the one that %(number)s"
                    " invalidated in test order %(ordinal)s of the lot; test it again"
                    " there."
                ),
                **said,
            )
        done = len(retests.done(investigation, attempts))
        if done < (investigation.planned_retests or 0):
            yield Refusal(
                "retests",
                "%(test)s has %(done)s of the %(planned)s retests planned in"
                " %(number)s; enter the rest."
                if is_here
                else (
                    "%(test)s has %(done)s of the %(planned)s retests planned in"
                    " %(number)s in test order %(ordinal)s of the lot; enter the rest"
                    " there."
                ),
                done=done,
                planned=investigation.planned_retests,
                **said,
            )


def earlier_versions(
    lines_by_specification: Iterable[tuple[Specification, Sequence[Line]]],
) -> Iterator[Refusal]:
    """Yield what fails against an earlier version of the specification.

    Takes (specification, lines) of each earlier one in the same test order. A limit
    that was widened, or left out, after the result was known does not make it pass.
    """
    for specification, lines in lines_by_specification:
        for line in lines:
            if line.outcome == LineOutcome.FAIL:
                yield Refusal(
                    "earlier-version",
                    "%(test)s has the valid result %(shown)s, which fails"
                    " %(criterion)s of %(specification)s. A later version cannot make"
                    " it pass; only a proven laboratory error invalidates it.",
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
                    "%(test)s has the valid result %(shown)s, which fails"
                    " %(criterion)s of %(specification)s. A specification approved"
                    " since then cannot make the lot pass; only a proven laboratory"
                    " error invalidates the result.",
                    test=line.test.name,
                    shown=line.shown,
                    criterion=line.words,
                    specification=str(other),
                )


def _was_there(line: Line, attempt: Attempt, since: datetime.datetime) -> bool:
    """Say whether the attempt, or what it came in place of, was entered by then.

    What it corrects, or was calculated again from; and what failed before and was
    tested again, because a retest that fails too tells nothing new.
    """
    earlier = [
        other.result
        for other, verdict in line.verdicts
        if verdict.outcome == Outcome.FAIL
    ]
    return any(
        result.entered_at <= since
        for result in (*permissions.history(attempt.result), *earlier)
    )


def elsewhere(
    lines_by_test_order: Iterable[tuple[TestOrder, Sequence[Line]]],
) -> Iterator[Refusal]:
    """Yield what other test orders of the lot hold against the assessment.

    Takes (test order, lines) of each other one. A further test order is no way round
    a valid result (FDA OOS guidance 2022: no testing into compliance).
    """
    for test_order, lines in lines_by_test_order:
        for line in lines:
            if line.outcome in (LineOutcome.FAIL, LineOutcome.UNDECIDED):
                yield Refusal(
                    "elsewhere"
                    if line.outcome == LineOutcome.FAIL
                    else "elsewhere-undecided",
                    "%(test)s has the valid result %(shown)s in test order %(ordinal)s"
                    " of the lot, which fails %(criterion)s. Another test order cannot"
                    " replace it; only a proven laboratory error invalidates it."
                    if line.outcome == LineOutcome.FAIL
                    else "%(test)s has the valid result %(shown)s in test order"
                    " %(ordinal)s of the lot, which is undecided against"
                    " %(criterion)s. Another test order cannot replace it; correct it"
                    " there, or choose “Investigate”.",
                    test=line.test.name,
                    shown=line.shown,
                    criterion=line.words,
                    ordinal=test_order.ordinal,
                )
            elif line.outcome == LineOutcome.WAITS and line.sparing is None:
                yield _waits_elsewhere(line, test_order)


def _waits_elsewhere(line: Line, test_order: TestOrder) -> Refusal:
    return Refusal(
        "elsewhere-waits",
        "%(test)s in test order %(ordinal)s of the lot waits for another result. Enter"
        " that there, and %(test)s is calculated.",
        test=line.test.name,
        ordinal=test_order.ordinal,
    )


def below_minimum(
    assessment: Assessment,
    lines: Sequence[Line],
    elsewhere: Iterable[tuple[TestOrder, Sequence[Line]]],
    minimum: MinimumEvaluation,
) -> Iterator[Refusal]:
    """Yield what closes the use under every code: what the minimum refuses or lacks.

    Any valid result counts, on whatever test order and whatever code asked for it.
    What the assessment's own lines, here and `elsewhere`, say already is not said
    twice.
    """
    if minimum.specification is None:
        return
    own = {line.criterion.test_id: line.outcome for line in lines}
    known = {
        (pk, line.criterion.test_id, line.outcome)
        for pk, others in (
            (assessment.test_order_id, lines),
            *((one.pk, others) for one, others in elsewhere),
        )
        for line in others
    }
    named = str(minimum.specification)
    tested: dict[int, list[Line]] = {}
    for test_order, others in minimum.lines:
        for line in others:
            test_id = line.criterion.test_id
            tested.setdefault(test_id, []).append(line)
            if (test_order.pk, test_id, line.outcome) in known:
                continue
            said: dict[str, Any] = {
                "test": line.test.name,
                "shown": line.shown,
                "criterion": line.words,
                "minimum": named,
                "ordinal": test_order.ordinal,
            }
            if line.outcome == LineOutcome.FAIL:
                yield Refusal(
                    "minimum-fails",
                    "%(test)s has the valid result %(shown)s in test order %(ordinal)s,"
                    " which fails %(criterion)s of the minimum specification"
                    " %(minimum)s. No specification releases the lot for this use; only"
                    " a proven laboratory error invalidates the result.",
                    **said,
                )
            elif line.outcome == LineOutcome.UNDECIDED:
                yield Refusal(
                    "minimum-undecided",
                    "%(test)s has the valid result %(shown)s in test order %(ordinal)s,"
                    " which is undecided against %(criterion)s of the minimum"
                    " specification %(minimum)s. Correct it, or choose “Investigate”.",
                    **said,
                )
            elif line.outcome == LineOutcome.WAITS:
                yield _waits_elsewhere(line, test_order)
    for test_id, found in tested.items():
        if found[0].criterion.requirement != Requirement.EVERY:
            continue
        valid = [attempt for line in found for attempt, _ in line.valid]
        said = {"test": found[0].test.name, "minimum": named}
        if not valid and own.get(test_id) != LineOutcome.MISSING:
            yield Refusal(
                "minimum-missing",
                "%(test)s has no valid result, and the minimum specification"
                " %(minimum)s requires one of every lot; test it, or add an assessment"
                " against a specification that has the test.",
                **said,
            )
        elif (
            valid
            and test_id not in own
            and not any(attempt.reviewed for attempt in valid)
        ):
            yield Refusal(
                "minimum-unreviewed",
                "%(test)s, which the minimum specification %(minimum)s requires, is not"
                " reviewed; a reviewer must sign it.",
                **said,
            )
