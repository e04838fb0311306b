"""Laboratory error: what phase I checks, what a cause is, and what proves it.

A result is found invalid only by a documented cause (FDA, Investigating OOS Test
Results, 2022; MHRA 2017). Standard library only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lots.rules.refusal import Refusal, Word
from lots.rules.stored_codes import Coded
from lots.rules.stored_codes import gettext_noop as _
from lots.rules.text import plain_text
from lots.rules.unknown import as_far_as_known, if_known

# The papers of the MHRA suggest five, seven or nine retests at most.
MOST_RETESTS = 9
# Fewer different words than this say neither what happened nor what was seen; a
# hypothesis names what and where.
FEWEST_WORDS = 3
OF_A_HYPOTHESIS = 2
# A file with less than a line of text shows nothing.
FEWEST_BYTES = 20
_WORD = re.compile(r"[^\W\d_]{2,}")
# Chinese is written without spaces; two of its characters make about one word.
_HAN = re.compile(r"[\u3400-\u9fff]")


class Answer(Coded):
    """What phase I found of one check."""

    YES = "yes", _("Yes, in order")
    NO = "no", _("No, not in order")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")


class Check(Coded):
    """A check of phase I; `question` is what the reviewer answers."""

    question: str

    def __init__(self, _code: str, _word: str, question: str) -> None:
        self.question = question

    SAMPLE = (
        "sample",
        _("Sample"),
        _("The right sample, intact, stored and handled as prescribed"),
    )
    STANDARD = (
        "standard",
        _("Standard and reagents"),
        _("The right standard, reagents and solutions, within their dates"),
    )
    INSTRUMENT = (
        "instrument",
        _("Instrument"),
        _("Qualified, calibrated, and suitable on the day"),
    )
    PREPARATION = (
        "preparation",
        _("Preparation"),
        _("Weighed, dissolved and diluted as the method says; looked at again"),
    )
    CALCULATION = (
        "calculation",
        _("Calculation"),
        _("Weights, factors, integration and formula compared with the raw data"),
    )
    ANALYST = (
        "analyst",
        _("Analyst"),
        _("Trained in the method; the work was talked through"),
    )


class CauseKind(Coded):
    """The kind of an assignable cause; `check` is where phase I found it.

    One that `is_of_run` touches every result of the same run, passing ones too.
    """

    check: Check
    is_of_run: bool

    def __init__(
        self, _code: str, _word: str, check: Check, is_of_run: bool = False
    ) -> None:
        self.check = check
        self.is_of_run = is_of_run

    SAMPLE = "sample", _("Sample mixed up, spoiled or contaminated"), Check.SAMPLE
    STANDARD = "standard", _("Reference standard"), Check.STANDARD, True
    REAGENT = "reagent", _("Reagent or mobile phase"), Check.STANDARD, True
    INSTRUMENT = "instrument", _("Instrument"), Check.INSTRUMENT, True
    PREPARATION = "preparation", _("Weighing or dilution"), Check.PREPARATION
    CALCULATION = "calculation", _("Calculation or integration"), Check.CALCULATION
    ANALYST = "analyst", _("Method not followed"), Check.ANALYST


class RunFinding(Coded):
    """What QA decides of another result of the same run."""

    STANDS = "stands", _("Stays valid")
    INVALID = "invalid", _("Also invalid")


class WhyInvalid(Coded):
    """Why a run gave no value."""

    SUITABILITY = "suitability", _("System suitability failed")
    ABORTED = "aborted", _("Aborted")


@dataclass(frozen=True)
class Checked:
    """A check with what the reviewer answered and remarked."""

    check: str
    answer: str
    remark: str = ""


def against_phase_one(checks: tuple[Checked, ...]) -> list[Refusal]:
    """Return what a phase I record lacks: an answer, or the remark of one.

    What is not in order or not applicable says why; what is, may.
    """
    by_check = {one.check: one for one in checks}
    wrong = []
    for check in Check:
        said = by_check.get(check)
        told = {"check": Word(check.word)}
        with if_known:
            if said is None or said.answer not in set(Answer):
                wrong.append(
                    Refusal(
                        "answer",
                        "Phase I is not signed: answer “%(check)s”.",
                        field=f"answer_{check}",
                        **told,
                    )
                )
                continue
            if said.answer != Answer.YES and not tells(said.remark):
                wrong.append(
                    Refusal(
                        "remark",
                        "Write beside “%(check)s” what is not in order, or why the"
                        " check does not apply.",
                        field=f"remark_{check}",
                        **told,
                    )
                )
                continue
        wrong += as_far_as_known(_not_plain(said, check))
    return wrong


def _not_plain(said: Checked | None, check: Check) -> Iterator[Refusal]:
    """Yield why a remark cannot be kept as it is."""
    if said is not None:
        try:
            plain_text(
                said.remark, field=f"remark_{check}", longest=None, name="remark"
            )
        except Refusal as refusal:
            yield refusal


def tells(text: str, *, words: int = FEWEST_WORDS) -> bool:
    """Say whether a text has so many different words, in any language."""
    han = set(_HAN.findall(text))
    found = {word.casefold() for word in _WORD.findall(_HAN.sub(" ", text))}
    return len(found) + len(han) // 2 >= words


def is_reference(text: str) -> bool:
    """Say whether a text names where evidence is kept: a book or file, and a number."""
    letters = sum(letter.isalpha() for letter in text)
    return letters >= 2 and any(letter.isdigit() for letter in text)


def shows(content: bytes) -> bool:
    """Say whether a file can show anything: more than a few letters do."""
    return len(content.strip()) >= FEWEST_BYTES
