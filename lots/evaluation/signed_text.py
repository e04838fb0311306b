"""Signed text: the canonical record that a person sees and signs.

Each record has a format with a number, a reader of every number and a stored sample of
each in the tests: a change of the text takes the next number (architecture.md 6.4).
Format 2 states the blockers in the words of the pages since version 0.2.0; its fields
are those of format 1. Format 3 of an assessment names the minimum specification that it
was held to, and says what its specification is for. Format 3 of a lot, a review and an
investigation, and format 4 of an assessment, say what an import left out of the lot's
row; of a result, they name the sample, its day and the first day of the test. That of a
review and an investigation also has the run of each attempt, that of a review the
invalid runs of the lot, that of an investigation the phase I record and the other
results of the run, and that of an assessment the use-by date that a retest gives. All
of them say in words, under `printed`, what certificates print of manufacturer,
material, statements and laboratories. Format 4 of a review says of each attached file
whether who signs opened it; format 5 of an assessment holds the exceptions of the
lot's audit trail in words, and format 6 with how many decimals each result is reported:
in those before, what is printed of a result had the decimals of its limit. Format 5 of
a review and format 7 of an assessment have the remark on each result. Format 8 of an
assessment prints no nought with a sign and none for a trace that fails, and a number
that complies within each of two limits; its fields are those of format 7.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models

from lots.evaluation import raw_data_opened, runs, trail_exceptions
from lots.evaluation.outcome import Attempt, LotEvaluation
from lots.evaluation.trail_exceptions import TrailException
from lots.evidence import audit, chained_names
from lots.models import (
    InvalidRun,
    Investigation,
    Lot,
    MarkKind,
    Parentage,
    Result,
    Site,
    User,
)
from lots.rules import chain
from lots.rules.formats import Format
from lots.rules.verdicts import Verdict
from lots.setup import printed_identity

LOT = Format("lot", number=3)
ASSESSMENT = Format("assessment", number=8)
REVIEW = Format("review", number=5)
INVESTIGATION = Format("investigation", number=3)
_PRINTED = ("manufacturer", "material")
_PRINTED_OF_A_RELEASE = (*_PRINTED, "statements", "laboratories")


# What no signed text said of a result before it named its sample.
_NO_REMARK = {"remark": "", "is_remark_printed": False}
_NO_SAMPLE = {"sample": "", "sampled_on": None, "early_reason": "", "started_on": None}


@LOT.reads(3)
@ASSESSMENT.reads(7, 8)
@REVIEW.reads(5)
@INVESTIGATION.reads(3)
def _with_the_fields_of_today(stored: dict[str, Any]) -> dict[str, Any]:
    return stored


@LOT.reads(1, 2)
def _with_keys_alone(stored: dict[str, Any]) -> dict[str, Any]:
    """Return what was signed when site and material stood there by their keys.

    Imports did not say yet what they left out.
    """
    return {
        **stored,
        "lot": {**chained_names.ADDED["lots_lot"], **stored["lot"]},
        "printed": dict.fromkeys(_PRINTED),
    }


@ASSESSMENT.reads(6)
def _under_headings(stored: dict[str, Any]) -> dict[str, Any]:
    """Return what was signed when results had headings and no remarks."""
    return {
        **stored,
        "lines": [
            {**line, "attempts": [{**_NO_REMARK, **one} for one in line["attempts"]]}
            for line in stored["lines"]
        ],
        "specification": {"prints_in_order": False, **stored["specification"]},
    }


@ASSESSMENT.reads(5)
def _without_decimals(stored: dict[str, Any]) -> dict[str, Any]:
    """Return what was signed when every result was reported as its limit is."""
    content = stored["specification"]
    criteria = [{"decimals": None, **one} for one in content["criteria"]]
    return _under_headings(
        {**stored, "specification": {**content, "criteria": criteria}}
    )


@ASSESSMENT.reads(4)
def _without_exceptions(stored: dict[str, Any]) -> dict[str, Any]:
    """Return what was signed before it held the exceptions of the audit trail."""
    return {**_without_decimals(stored), "exceptions": []}


@ASSESSMENT.reads(3)
def _release_with_keys_alone(stored: dict[str, Any]) -> dict[str, Any]:
    return {
        **_without_exceptions(_with_keys_alone(stored)),
        "printed": dict.fromkeys(_PRINTED_OF_A_RELEASE),
        "lines": [
            {**line, "attempts": [{**_NO_SAMPLE, **one} for one in line["attempts"]]}
            for line in stored["lines"]
        ],
        "use_by": None,
    }


@REVIEW.reads(4)
def _reviewed_without_remarks(stored: dict[str, Any]) -> dict[str, Any]:
    """Return what was signed before a result could have a remark."""
    return {
        **stored,
        "results": [{**_NO_REMARK, **one} for one in stored["results"]],
    }


@REVIEW.reads(3)
def _reviewed_without_openings(stored: dict[str, Any]) -> dict[str, Any]:
    """Return what was signed before the trail knew who opened which raw data."""
    return {
        **_reviewed_without_remarks(stored),
        "attachments": [{**one, "opened": None} for one in stored["attachments"]],
    }


@REVIEW.reads(1, 2)
def _reviewed_without_runs(stored: dict[str, Any]) -> dict[str, Any]:
    """Return what was signed before results named their run."""
    return {
        **_reviewed_without_openings(_with_keys_alone(stored)),
        "invalid_runs": [],
        "results": [
            {**_NO_SAMPLE, **_NO_REMARK, "run": "", **one} for one in stored["results"]
        ],
    }


@ASSESSMENT.reads(1, 2)
def _without_a_minimum(stored: dict[str, Any]) -> dict[str, Any]:
    """Return what was signed before there were minimum specifications."""
    stored = _release_with_keys_alone(stored)
    tables = chained_names.ADDED
    content = stored["specification"]
    criteria = [{**tables["lots_criterion"], **one} for one in content["criteria"]]
    return {
        **stored,
        "minimum": "",
        "specification": {
            **tables["lots_specification"],
            **content,
            "criteria": criteria,
        },
    }


@INVESTIGATION.reads(1, 2)
def _without_phase_one(stored: dict[str, Any]) -> dict[str, Any]:
    """Return what was signed before phase I and runs were recorded."""
    return {
        **_with_keys_alone(stored),
        "phase_one": {"checks": [], "signed_by": "", "signed_at": ""},
        "run": [],
        "attempts": [{**_NO_SAMPLE, "run": "", **one} for one in stored["attempts"]],
    }


def lot_text(lot: Lot) -> str:
    """Return the canonical text of the lot as a decision on it is signed."""
    return chain.canonical(
        {
            "format": LOT.number,
            "record": LOT.record,
            "lot": _lot(lot),
            "printed": printed_identity.of_lot(lot),
            "assessments": [
                {"specification": str(one.specification), "state": one.state}
                for one in lot.assessments.select_related("specification").order_by(
                    "pk"
                )
            ],
            "open_investigations": [
                one.number
                for one in lot.investigations.filter(closed_at=None).order_by("pk")
            ],
        }
    )


def assessment_text(
    evaluated: LotEvaluation,
    assessment_id: int,
    *,
    exceptions: Sequence[TrailException] | None = None,
) -> str:
    """Return the canonical text of an assessment, every attempt with its working.

    `exceptions` are those of the lot's trail, where they are at hand.
    """
    if exceptions is None:
        exceptions = trail_exceptions.found(evaluated)
    one = evaluated.assessment(assessment_id)
    return chain.canonical(
        {
            "format": ASSESSMENT.number,
            "record": ASSESSMENT.record,
            "lot": _lot(evaluated.lot),
            "printed": printed_identity.of_assessment(
                evaluated.lot, laboratories(evaluated, assessment_id)
            ),
            "examination": one.assessment.test_order_id,
            "use_by": evaluated.of(one.assessment.test_order_id).test_order.use_by,
            "specification": {
                **_row(one.specification),
                "criteria": [_row(line.criterion) for line in one.lines],
            },
            "use": one.assessment.use,
            "minimum": str(evaluated.minimums[one.assessment.use].specification or ""),
            "lines": [
                {
                    "criterion": line.criterion.pk,
                    "test": line.test.name,
                    "words": line.words,
                    "required": line.required,
                    "outcome": line.outcome,
                    "alert": line.alert,
                    "shown": line.shown,
                    "attempts": [
                        {**_attempt(attempt), **_remark(attempt), **_verdict(verdict)}
                        for attempt, verdict in line.verdicts
                    ],
                }
                for line in one.lines
            ],
            "gates": [str(blocker) for blocker in one.blockers],
            "exceptions": [
                {"kind": each.why, "said": str(each)} for each in exceptions
            ],
            "investigations": [
                {
                    "number": investigation.number,
                    "conclusion": investigation.conclusion,
                    "closed": investigation.closed_at,
                }
                for investigation in evaluated.investigations
            ],
        }
    )


def laboratories(evaluated: LotEvaluation, assessment_id: int) -> set[Site]:
    """Return the sites that tested what an assessment rests on."""
    one = evaluated.assessment(assessment_id).assessment
    return {
        attempt.result.laboratory
        for attempts in evaluated.of(one.test_order_id).attempts.values()
        for attempt in attempts
    }


def review_text(
    evaluated: LotEvaluation,
    test_order_id: int,
    results: Iterable[Result],
    *,
    by: User,
) -> str:
    """Return the canonical text of the results listed, judged, with their raw data.

    It says of each attached file whether the person who signs opened it.
    """
    test_order = evaluated.of(test_order_id)
    results = list(results)
    wanted = {result.pk for result in results}
    return chain.canonical(
        {
            "format": REVIEW.number,
            "record": REVIEW.record,
            "lot": _lot(evaluated.lot),
            "printed": printed_identity.of_lot(evaluated.lot),
            "examination": test_order_id,
            "results": [
                {
                    **_attempt(attempt),
                    **_remark(attempt),
                    "run": attempt.result.run,
                    "test": attempt.test.name,
                    "verdicts": [
                        {
                            "specification": str(one.specification),
                            "words": line.words,
                            **_verdict(verdict),
                        }
                        for one in test_order.assessments
                        for line in one.lines
                        for each, verdict in line.verdicts
                        if each.result.pk == attempt.result.pk
                    ],
                }
                for attempts in test_order.attempts.values()
                for attempt in attempts
                if attempt.result.pk in wanted
            ],
            "invalid_runs": [
                {
                    "run": one.run,
                    "laboratory": one.laboratory_id,
                    "why": one.why,
                    "happened": one.happened,
                    "evidence": one.evidence,
                }
                for one in InvalidRun.objects.filter(lot=evaluated.lot).order_by("pk")
            ],
            "attachments": [
                {
                    "title": file.title,
                    "sha256": file.document.sha256,
                    "result": file.result_id,
                    "opened": "opened" if is_opened else "not opened",
                }
                for file, is_opened in raw_data_opened.files_behind(
                    test_order, results, by=by
                )
            ],
        }
    )


def investigation_text(evaluated: LotEvaluation, investigation: Investigation) -> str:
    """Return the canonical text of an investigation with every attempt at its test."""
    test_order = evaluated.of(investigation.result.test_order_id)
    return chain.canonical(
        {
            "format": INVESTIGATION.number,
            "record": INVESTIGATION.record,
            "lot": _lot(evaluated.lot),
            "printed": printed_identity.of_lot(evaluated.lot),
            "investigation": {
                "number": investigation.number,
                "trigger": investigation.trigger,
                "opened": investigation.opened_at,
                "hypothesis": investigation.hypothesis,
                "planned_retests": investigation.planned_retests,
            },
            "phase_one": _phase_one(evaluated, investigation),
            "attempts": [
                {**_attempt(attempt), "run": attempt.result.run}
                for attempt in test_order.attempts[investigation.result.test_id]
            ],
            "run": [
                {
                    **_attempt(one.attempt),
                    "run": one.result.run,
                    "lot": one.lot.number,
                    "test": one.result.test.name,
                    "verdict": one.outcome,
                    "investigation": one.case.number if one.case else "",
                }
                for one in runs.others(
                    evaluated,
                    test_order.attempt(investigation.result_id).result,
                )
            ],
        }
    )


def _phase_one(
    evaluated: LotEvaluation, investigation: Investigation
) -> dict[str, Any]:
    """Return the phase I record of an investigation, with who signed it and when.

    Blank where nobody has signed one yet.
    """
    [record] = (
        one.phase_one for one in evaluated.investigations if one.pk == investigation.pk
    )
    return {
        "checks": record.checks if record else [],
        "signed_by": record.signature.printed_name if record else "",
        "signed_at": record.signature.at if record else "",
    }


def _row(record: models.Model) -> dict[str, Any]:
    return {
        name: value
        for name, value in audit.row(record).items()
        if name not in ("state", "state_reason", "signature_id")
    }


def _lot(lot: Lot) -> dict[str, Any]:
    return {
        **audit.row(lot),
        "parents": [
            {"lot": one.parent.number, "quantity": one.quantity}
            for one in Parentage.objects.filter(lot=lot)
            .select_related("parent")
            .order_by("pk")
        ],
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    result, sample = attempt.result, attempt.result.sample
    return {
        "result": result.pk,
        "attempt": result.attempt,
        "kind": result.kind,
        "determinations": result.determinations,
        "inputs": result.inputs,
        "procedure": str(attempt.method),
        "laboratory": str(result.laboratory),
        "sample": sample.number if sample else "",
        "sampled_on": sample and sample.taken_on,
        "early_reason": sample.early_reason if sample else "",
        "raw": result.raw_reference,
        "reportable": attempt.reportable.text,
        "derivation": list(attempt.reportable.working),
        "reason": result.reason,
        "performed_by": result.performed_by.username,
        "performed_on": result.performed_on,
        "started_on": result.started_on,
        "entered_by": result.entered_by.username,
        "entered_at": result.entered_at,
        "standing": attempt.is_valid,
        "stage": attempt.stage,
    }


def _remark(attempt: Attempt) -> dict[str, Any]:
    remark = attempt.remark
    if remark is None:
        return _NO_REMARK
    return {
        "remark": remark.reason,
        "is_remark_printed": remark.kind == MarkKind.PRINTED_REMARK,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": str(verdict.outcome),
        "alert_limit": verdict.alert,
        "rounded": verdict.rounded,
        "printed": verdict.shown,
        "working": list(verdict.working),
    }
