"""Invalid runs: recorded with their evidence before any value of the run is stored.

A run whose system suitability failed, or that was aborted, gives no reportable value;
the repeat does (FDA, Investigating OOS Test Results, 2022, III.A). Once a value of the
run is stored, only an investigation takes it away.
"""

from lots.accounts import permissions
from lots.evaluation import runs
from lots.evidence import audit, documents, text_checks
from lots.models import InvalidRun, Lot, Result
from lots.results.validation import NotEntered
from lots.rules import laboratory_error
from lots.rules.laboratory_error import WhyInvalid
from lots.rules.refusal import Refusals
from lots.rules.step_table import STEPS
from lots.rules.unknown import if_known, of_known
from lots.workflow import lot_status


def record_invalid_run(
    *,
    lot,
    by,
    at,
    run,
    why,
    happened,
    evidence="",
    evidence_file=None,
    laboratory=None,
    others=(),
):
    """Record that a run of the lot gave no value; return the record.

    `others` are the numbers of the other lots of the run, which get the same record.
    """
    with audit.act(by=by, at=at, action="invalid_run", reason=happened) as act:
        lots = [act.lock(lot)]
        with if_known:
            lots = _lots(act, lot, others)
        for one in lots:
            permissions.check(act, STEPS["invalid_run"], lot=one)
        act.take_turn()
        laboratory = of_known(lambda named: named or lot.site, laboratory)
        run = of_known(runs.key, run)
        _check(lots, laboratory, run, why, happened, evidence, evidence_file)
        facts = {
            "laboratory": laboratory,
            "run": run,
            "why": why,
            "happened": happened,
            "evidence": evidence,
            "recorded_by": act.by,
            "recorded_at": at,
        }
        text_checks.sound(text_checks.unwritten(InvalidRun, lot=lot, **facts))
        kept = evidence_file and documents.keep(
            act, evidence_file, field="evidence_file"
        )
        records = {
            one.pk: act.create(InvalidRun(lot=one, evidence_file=kept, **facts))
            for one in lots
        }
        for one in lots:
            lot_status.worked(act, one)
        return records[lot.pk]


def _lots(act, lot, others):
    """Return the lots of the run, locked, the smallest key first."""
    numbers = {number.strip() for number in others if number.strip()} - {lot.number}
    found = Lot.objects.filter(number__in=numbers)
    unknown = numbers - {one.number for one in found}
    if unknown:
        raise NotEntered(
            "unknown-lot",
            "%(lots)s: no lot has this number; correct it, or leave it out.",
            field="others",
            lots=", ".join(sorted(unknown)),
        )
    return [act.lock(one) for one in sorted([lot, *found], key=lambda each: each.pk)]


def _check(lots, laboratory, run, why, happened, evidence, evidence_file):
    """Raise Refusals with everything that the record lacks, or that is against it."""
    wrong = []
    with if_known:
        if not run:
            wrong.append(
                NotEntered(
                    "run", "Type the run or sequence that is invalid.", field="run"
                )
            )
    with if_known:
        stored = Result.objects.filter(run=run, laboratory=laboratory).count()
        if run and stored:
            wrong.append(
                NotEntered(
                    "run-has-results",
                    "Run %(run)s already has %(n)s stored values, so it is not"
                    " recorded as invalid any more. If a value of it is wrong, an"
                    " investigation proves the error and decides on each result of the"
                    " run.",
                    field="run",
                    run=run,
                    n=stored,
                )
            )
    with if_known:
        if InvalidRun.objects.filter(run=run, laboratory=laboratory, lot__in=lots):
            wrong.append(
                NotEntered(
                    "run-recorded",
                    "Run %(run)s is recorded as invalid for one of these lots already;"
                    " leave that lot out.",
                    field="run",
                    run=run,
                )
            )
    with if_known:
        if why not in set(WhyInvalid):
            wrong.append(
                NotEntered("why", "Choose why the run gave no value.", field="why")
            )
    with if_known:
        if not laboratory_error.tells(happened):
            wrong.append(
                NotEntered(
                    "happened",
                    "Write what happened, as the raw data show it: “Tailing 2.3, at"
                    " most 1.5 is allowed”.",
                    field="happened",
                )
            )
    with if_known:
        if evidence_file is not None and not laboratory_error.shows(
            evidence_file.content
        ):
            wrong.append(
                NotEntered(
                    "evidence_file",
                    "The file %(name)s is too short to show anything; choose the"
                    " record of the run.",
                    field="evidence_file",
                    name=evidence_file.name,
                )
            )
    with if_known:
        if evidence_file is None and not laboratory_error.is_reference(evidence):
            wrong.append(
                NotEntered(
                    "evidence",
                    "An invalid run needs evidence: name the record with its number,"
                    " such as “CDS sequence 2026-118”, or choose a file.",
                    field="evidence",
                )
            )
    if wrong:
        raise Refusals(wrong)
