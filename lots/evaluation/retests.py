"""Planned retests of an investigation: how many are used and how many are done.

Their number is fixed before the first and does not depend on results (FDA,
Investigating OOS Test Results, 2022; MHRA 2017). Entry and release ask the same
function, so that they always agree. Reads and writes no rows.
"""

from collections.abc import Collection, Sequence

from lots.evaluation.outcome import Attempt
from lots.models import Investigation, Kind
from lots.rules.states import AttemptStage

RETESTS = (Kind.RETEST, Kind.RESAMPLE)


def done(
    investigation: Investigation,
    attempts: Sequence[Attempt],
    *,
    kinds: Collection[str] = RETESTS,
) -> list[Attempt]:
    """Return those of the attempts at a test that count under the investigation.

    Its own, and those entered since it was planned under another investigation: one
    retest speaks for every investigation that it touches, as that of a peak and of
    its total. One that was corrected was done all the same; one that was found
    invalid itself frees its place. A re-measurement of the same preparation is no
    retest, and is counted only where `kinds` says so.
    """
    since = investigation.planned_at or investigation.closed_at
    return [
        attempt
        for attempt in attempts
        if attempt.result.kind in kinds
        and attempt.result.pk != investigation.result_id
        and _is_valid(attempt, attempts)
        and (
            attempt.result.investigation_id == investigation.pk
            or (since is not None and attempt.result.entered_at >= since)
        )
    ]


def has_room(
    investigation: Investigation, attempts: Sequence[Attempt], kind: str
) -> bool:
    """Say whether one more attempt of the kind fits under the investigation.

    Retests and resamples share the places planned; there are as many for
    re-measurements, which are counted by themselves.
    """
    kinds = RETESTS if kind in RETESTS else (kind,)
    return len(done(investigation, attempts, kinds=kinds)) < places(investigation)


def places(investigation: Investigation) -> int:
    """Return how many retests of one test the investigation takes.

    Concluded without one planned, it still takes one result in place of that which
    it found invalid.
    """
    planned = investigation.planned_retests or 0
    return max(planned, 1) if investigation.conclusion else planned


def _is_valid(attempt: Attempt, attempts: Sequence[Attempt]) -> bool:
    """Say whether the attempt, or what corrected it, was not found invalid."""
    if attempt.stage == AttemptStage.REPLACED:
        return any(
            _is_valid(other, attempts)
            for other in attempts
            if other.result.replaces_id == attempt.result.pk
            and other.stage != AttemptStage.UNCONFIRMED
        )
    return attempt.stage != AttemptStage.INVALIDATED
