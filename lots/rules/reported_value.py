"""Reported value: what a person may type as a result, and what each mistake is told.

One grammar for the page, the import and the command line.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from lots.rules.refusal import Refusal
from lots.rules.stored_codes import gettext_noop as _

LONGEST = 40
LONGEST_WORD = 200
# Twelve digits hold every count and concentration of the trade; twenty decimals hold
# the shortest decimal of a spreadsheet's double (0.30000000000000004).
_NUMBER = r"[+-]?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,20})?"
_GRAMMAR = re.compile(rf"(?P<sign>[<>] ?)?(?P<number>{_NUMBER})")
_PORTION = re.compile(r"(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})? ?([A-Za-z]{1,5})")
_ABSENCE = re.compile(r"(absent|present)(?: in (?P<portion>.+))?", re.IGNORECASE)
ABSENT, PRESENT = "Absent", "Present"


class Kind(StrEnum):
    """What a reported value says."""

    NUMBER = "number"
    LESS = "less"
    GREATER = "greater"
    NOT_DETECTED = "not_detected"
    WORD = "word"


class NotAReportedValue(Refusal):
    """The text cannot be a reported value; the sentence says how to type it."""


@dataclass(frozen=True)
class Reported:
    """A value as it was typed, with what it says.

    `text` is exactly what was typed, less the spaces around it. `number` is exact and
    keeps its decimals; for ``<x`` and ``>x`` it is the bound. `word` is the
    vocabulary's own spelling, `portion` what an absence was said to be in.
    """

    text: str
    kind: Kind
    number: Decimal | None = None
    word: str = ""
    portion: str = ""

    @property
    def places(self) -> int:
        """Say how many decimals were typed."""
        return _places(self.number) if self.number is not None else 0

    @property
    def printed(self) -> str:
        """Return the value as every page and document prints it."""
        if self.kind is Kind.WORD:
            return f"{self.word} in {self.portion}" if self.portion else self.word
        if self.kind is Kind.NOT_DETECTED:
            return "ND"
        return self.text.replace(" ", "")


# Each mistake with its own sentence, most telling first: a person who typed a comma
# is not helped by "invalid number".
_MISTAKES: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (code, re.compile(pattern, re.ASCII | re.IGNORECASE), sentence)
    for code, pattern, sentence in (
        (
            "comma",
            r".*[0-9],|,.*[0-9]|,",
            _(
                "%(text)s has a comma, which could mean decimals or thousands; type"
                " decimals with a point, and thousands without a separator."
            ),
        ),
        (
            "not-finite",
            r"[<>+-]* ?(?:s?nan[0-9]*|inf(?:inity)?)$",
            _(
                "%(text)s is not a number that a test can have; type the number"
                " measured."
            ),
        ),
        (
            "exponent",
            r"[<>+-]* ?[0-9.]+ ?"
            r"(?:e[+-]?[0-9]+|(?:[x*] ?[0-9]+)?(?:\^|\*\*) ?-?[0-9]*)$",
            _("%(text)s is written with an exponent; write the number out in full."),
        ),
        (
            "underscore",
            r".*_",
            _("%(text)s has an underscore; write the digits without separators."),
        ),
        (
            "sign",
            r"(?:[<>]=|=[<>]?|[<>]{2}|~|ca)",
            _(
                "%(text)s begins with a sign that is not used for results; type < or >"
                " before the number, or the number alone."
            ),
        ),
        (
            "bare-sign",
            r"[<>] ?$",
            _("%(text)s has no number; type the limit after the sign, such as <0.05."),
        ),
        (
            "limit-name",
            r"[<>] ?[a-z]+$",
            _(
                "%(text)s names a limit; type the limit itself after the sign, such as"
                " <0.05."
            ),
        ),
        (
            "not-detected",
            r"(?:n\.d\.?|n/d|not detected|none detected|none|nil|b[dql]{2}|brt)$",
            _(
                "%(text)s is not a result that can be typed here; type ND for not"
                " detected, or < and the limit."
            ),
        ),
        (
            "plus",
            r"[<>]? ?\+",
            _("%(text)s begins with a plus; type the number without it."),
        ),
        (
            "leading-zeros",
            r"[<>]? ?-?0[0-9]+(?:\.[0-9]*)?$",
            _(
                "%(text)s has too many zeros at the start; type at most one zero before"
                " the point."
            ),
        ),
        (
            "leading-point",
            r"[<>]? ?-?\.[0-9]+$",
            _("%(text)s begins with the decimal point; type a zero before it."),
        ),
        (
            "trailing-point",
            r"[<>]? ?-?[0-9]+\.$",
            _("%(text)s ends with the decimal point; type the decimals, or no point."),
        ),
        (
            "digits",
            r"[<>]? ?-?[0-9]+(?:\.[0-9]+)?$",
            _(
                "%(text)s has too many digits; type at most 12 before the point and 20"
                " after it."
            ),
        ),
        (
            "space",
            r"(?=.* )[<>]? *-? *[0-9 ]+(?:\.[0-9 ]+)?$",
            _("%(text)s has spaces inside; type the number without them."),
        ),
    )
)
_UNIT = re.compile(rf"(?:[<>] ?)?{_NUMBER} ?(?P<unit>[^0-9.\s-][^\s]*)$")
_COMPARISONS = "\N{LESS-THAN OR EQUAL TO}\N{GREATER-THAN OR EQUAL TO}"
_UNIT_SIGNS = "\N{MICRO SIGN}\N{GREEK SMALL LETTER MU}\N{DEGREE SIGN}\N{PER MILLE SIGN}"


# One value is read for its grammar, its working and each criterion.
@lru_cache(maxsize=4096)
def parse(text: str) -> Reported:
    """Return what a typed number, ``<x``, ``>x`` or ``ND`` says.

    Spaces around it are forgiven, one after the sign and the case of ND too. Raises
    NotAReportedValue with a sentence for each kind of mistake. Nothing is converted
    before the grammar matched: a converter takes other scripts' digits, and minutes
    over 1e2000000 (assurance.md T-50).
    """
    if len(text) > LONGEST:
        raise _too_long(text, longest=LONGEST)
    typed = text.strip(" ")
    if typed.upper() == "ND" and typed.isascii():
        return Reported(text=typed, kind=Kind.NOT_DETECTED)
    match = _GRAMMAR.fullmatch(typed)
    if match is None:
        raise _mistake(typed)
    kinds = {"<": Kind.LESS, ">": Kind.GREATER}
    kind = kinds.get((match["sign"] or "").strip(), Kind.NUMBER)
    return Reported(text=typed, kind=kind, number=Decimal(match["number"]))


def check_bound(value: Reported) -> Reported:
    """Return the value; refuse "less than" zero or a number below it.

    No amount, share or count can be that, so nothing was measured, and it would pass
    every upper limit (domain.md 3.3: a bound passes for what it allows).
    """
    if value.kind is Kind.LESS and value.number is not None and value.number <= 0:
        raise NotAReportedValue(
            "bound",
            "%(text)s allows no value at all; type < and the quantitation limit, such"
            " as <0.05, or ND for not detected.",
            text=value.text,
        )
    return value


def parse_word(text: str, *, vocabulary: Sequence[str]) -> Reported:
    """Return the word of the vocabulary that was typed.

    Case and stray spaces are forgiven; any other text is refused with the list of
    words: free text decides nothing (domain.md 3.3).
    """
    if len(text) > LONGEST_WORD:
        raise _too_long(text, longest=LONGEST_WORD)
    if not text.strip():
        raise _blank()
    for word in vocabulary:
        if folded(word) == folded(text):
            return Reported(text=text.strip(" "), kind=Kind.WORD, word=word)
    raise _not_in(text, words=vocabulary)


def parse_text(text: str) -> Reported:
    """Return free text, which decides nothing, with single spaces.

    Whether it can be printed is asked where it is stored.
    """
    if len(text) > LONGEST_WORD:
        raise _too_long(text, longest=LONGEST_WORD)
    if not text.strip():
        raise _blank()
    said = " ".join(text.split())
    return Reported(text=said, kind=Kind.WORD, word=said)


def parse_absence(text: str) -> Reported:
    """Return ``Absent`` or ``Present``, with the portion where one was typed."""
    if len(text) > LONGEST:
        raise _too_long(text, longest=LONGEST)
    if not text.strip():
        raise _blank()
    match = _ABSENCE.fullmatch(" ".join(text.split()))
    if match is None:
        raise _not_in(text, words=(ABSENT, PRESENT))
    portion = match["portion"] or ""
    if portion:
        amount, unit = parse_portion(portion)
        portion = f"{amount:f} {unit}"
    return Reported(
        text=text.strip(" "),
        kind=Kind.WORD,
        word=match[1].capitalize(),
        portion=portion,
    )


def parse_portion(text: str) -> tuple[Decimal, str]:
    """Return amount and unit of a portion such as ``10 g``."""
    match = _PORTION.fullmatch(text)
    if match is None or not match[1].strip("0.") + (match[2] or "").strip("0."):
        raise NotAReportedValue(
            "portion",
            "%(text)s is not a portion; type a number and its unit, such as 10 g.",
            text=text[:LONGEST],
        )
    return Decimal(match[1] + (match[2] or "")), match[3]


@contextmanager
def at_field(field: str) -> Iterator[None]:
    """Name the form field that a text refused inside belongs to."""
    try:
        yield
    except NotAReportedValue as refusal:
        raise NotAReportedValue(
            refusal.code, refusal.sentence, field=field, **refusal.params
        ) from None


def folded(word: str) -> str:
    """Return what two spellings of a word share: no case, no stray spaces."""
    return " ".join(word.split()).casefold()


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def with_a_plus(value: Reported) -> NotAReportedValue:
    """Return the refusal of a plus before an amount, which has no sign."""
    code, sentence = next((c, s) for c, _pattern, s in _MISTAKES if c == "plus")
    return NotAReportedValue(code, sentence, text=value.text)


def _mistake(typed: str) -> NotAReportedValue:
    if not typed:
        return _blank()
    for place, character in enumerate(typed, start=1):
        if character in _COMPARISONS:
            code, sentence = next((c, s) for c, _pattern, s in _MISTAKES if c == "sign")
            return NotAReportedValue(code, sentence, text=typed)
        if character in _UNIT_SIGNS:
            continue
        if not character.isascii() or not character.isprintable():
            return NotAReportedValue(
                "character",
                "The value has the character %(code)s at place %(place)s; type it with"
                " the digits 0 to 9 and a point.",
                code=f"U+{ord(character):04X}",
                place=place,
            )
    for code, pattern, sentence in _MISTAKES:
        if pattern.match(typed):
            return NotAReportedValue(code, sentence, text=typed)
    if unit := _UNIT.fullmatch(typed):
        return NotAReportedValue(
            "unit",
            "%(text)s has a unit after the number; type the number without %(unit)s,"
            " because the test gives the unit.",
            text=typed,
            unit=unit["unit"],
        )
    return NotAReportedValue(
        "form",
        "%(text)s is not a result; type a number such as 98.50, <0.05, >100 or ND.",
        text=typed,
    )


def _blank() -> NotAReportedValue:
    return NotAReportedValue(
        "blank", "No value was typed; type a result such as 98.50."
    )


def _too_long(text: str, *, longest: int) -> NotAReportedValue:
    return NotAReportedValue(
        "length",
        "The value has %(length)s characters, and a result has at most %(longest)s;"
        " shorten it.",
        length=len(text),
        longest=longest,
    )


def _not_in(text: str, *, words: Iterable[str]) -> NotAReportedValue:
    return NotAReportedValue(
        "vocabulary",
        "%(text)s is not a result that this test can have; choose one of: %(words)s.",
        text=text.strip(),
        words="; ".join(words),
    )
