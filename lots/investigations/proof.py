"""Proof: what QA found in an investigation, and what a conclusion must rest on.

Laboratory error proven: a cause of a kind that phase I found, evidence, the number of
retests fixed before, and a decision on each result of the run where the cause touches
all. Not proven: a phase II record (FDA, Investigating OOS Test Results, 2022, III and
IV; domain.md 5.1). Writes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lots.evaluation.runs import OF_RUN
from lots.evidence.documents import Upload
from lots.investigations.opening import NotInvestigated
from lots.models import Conclusion
from lots.rules.laboratory_error import (
    Answer,
    CauseKind,
    RunFinding,
    is_reference,
    shows,
    tells,
)
from lots.rules.refusal import Refusals, Word
from lots.rules.step_table import STEPS


@dataclass(frozen=True)
class Found:
    """What QA found: the conclusion, and what it rests on.

    `evidence` is a reference, `evidence_file` a file; one of them proves. `run` has
    QA's finding and reason for each other result of the run, by its key.
    """

    conclusion: str
    cause: str
    cause_kind: str = ""
    evidence: str = ""
    evidence_file: Upload | None = None
    production: str = ""
    other_lots: str = ""
    run: Mapping[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def is_proven(self):
        return self.conclusion == Conclusion.PROVEN

    @property
    def is_of_run(self):
        """Say whether the cause touches every result of the run."""
        return self.is_proven and self.cause_kind in OF_RUN

    def values(self, evidence_file):
        """Return the columns of the investigation; what the other end asks is blank."""
        values = {"conclusion": self.conclusion, "cause": self.cause}
        if self.is_proven:
            return values | {
                "cause_kind": self.cause_kind,
                "evidence": self.evidence,
                "evidence_file": evidence_file,
            }
        return values | {
            "evidence": self.evidence,
            "evidence_file": evidence_file,
            "production": self.production,
            "other_lots": self.other_lots,
        }

    def statements(self, evidence_file):
        """Return what QA signs beside the text that was shown."""
        values = self.values(evidence_file)
        values["evidence_file"] = evidence_file.sha256 if evidence_file else ""
        if self.is_of_run:
            values["run"] = [
                {"result": pk, "finding": finding, "reason": reason}
                for pk, (finding, reason) in sorted(self.run.items())
            ]
        return values


def check(found, investigation, of_run):
    """Raise Refusals with everything that the conclusion lacks, each by its field."""
    if found.conclusion not in Conclusion.values:
        raise _lacks(
            "conclusion", "Choose whether a laboratory error is proven or not."
        )
    against = _proven if found.is_proven else _not_proven
    wrong = [*against(found, investigation)]
    if not tells(found.cause):
        wrong.append(
            _lacks(
                "cause",
                "Write what happened and how it made this result wrong, as somebody"
                " else could check it: “A 250 mL flask was used for 200 mL”."
                if found.is_proven
                else "Write what was looked at and why no laboratory error is proven.",
            )
        )
    if found.is_of_run:
        wrong += _undecided(found, of_run)
    if wrong:
        raise Refusals(wrong)


def _lacks(field, sentence, **params):
    return NotInvestigated(field, sentence, field=field, **params)


def _proven(found, investigation):
    """Yield what a proven laboratory error lacks."""
    may_retest = investigation.lot.state in STEPS["plan"].lot_states
    if may_retest and investigation.planned_at is None:
        yield _lacks(
            "conclusion",
            "Investigation %(number)s has no number of retests, and it is fixed before"
            " the first one. Choose “Set the retest plan” first.",
            number=investigation.number,
        )
    if found.cause_kind not in set(CauseKind):
        yield _lacks("cause_kind", "Choose the kind of the cause that is proven.")
    else:
        kind = CauseKind.of(found.cause_kind)
        answers = {
            one["check"]: one["answer"] for one in investigation.phase_one.checks
        }
        if answers.get(kind.check) != Answer.NO:
            yield _lacks(
                "cause_kind",
                "Phase I found nothing wrong under “%(check)s”, so a cause of the kind"
                " “%(kind)s” is not proven. Choose the kind that phase I found, or have"
                " a reviewer sign phase I again.",
                check=Word(kind.check.word),
                kind=Word(kind.word),
            )
    file = found.evidence_file
    if file is not None and not shows(file.content):
        yield _shows_nothing(file)
    if file is None and not is_reference(found.evidence):
        yield _lacks(
            "evidence",
            "A proven error needs evidence: name the record with its number, such as"
            " “Logbook HPLC-03, page 41”, or choose a file.",
        )


def _shows_nothing(file):
    return _lacks(
        "evidence_file",
        "The file %(name)s is too short to show anything; choose the record that proves"
        " the error.",
        name=file.name,
    )


def _not_proven(found, _investigation):
    """Yield what the phase II record lacks."""
    if not tells(found.production):
        yield _lacks(
            "production",
            "Write what the review of production found: the batch record, its"
            " deviations, what could have caused the result.",
        )
    if not tells(found.other_lots):
        yield _lacks(
            "other_lots",
            "Write which other lots were looked at and what they show.",
        )


def _undecided(found, of_run):
    """Yield each result of the run on which QA has not decided with a reason.

    And each that a correction could take the place of afterwards, from the same run.
    """
    for one in of_run:
        if not one.is_to_decide:
            continue
        finding, reason = found.run.get(one.result.pk, ("", ""))
        told = {"test": one.result.test.name, "lot": one.lot.number}
        if one.is_being_corrected:
            yield NotInvestigated(
                "run",
                "%(test)s of lot %(lot)s is of the same run, and a correction of it"
                " waits for a reviewer; ask a reviewer to verify or return it first.",
                field=f"finding_{one.result.pk}",
                **told,
            )
        elif finding not in set(RunFinding):
            yield NotInvestigated(
                "run",
                "%(test)s of lot %(lot)s is of the same run: choose whether it stays"
                " valid or is also invalid.",
                field=f"finding_{one.result.pk}",
                **told,
            )
        elif not tells(reason):
            yield NotInvestigated(
                "run",
                "%(test)s of lot %(lot)s: write why the cause does not touch it, or why"
                " it does.",
                field=f"reason_{one.result.pk}",
                **told,
            )
