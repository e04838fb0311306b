"""Number formats: the text that a spreadsheet shows for a number cell.

A cell that holds 220 may show “>220”, “ND” or nothing, and a person who checks the file
reads what it shows (ECMA-376 part 1, 18.8.31). What is not worked out here, such as
dates, fractions and conditions, has no text. Standard library only.
"""

import functools
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Context, Decimal

_LONGEST = 255
_EXACT = Context(prec=400)
# A number as the program takes one: no zero in front, no comma.
_PLAIN = re.compile(r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)")
_COLOUR = re.compile(
    r"(?:black|blue|cyan|green|magenta|red|white|yellow|color ?[0-9]{1,2})", re.I
)
_SCRIPT = re.compile(r"[0-9A-F]{5,}", re.I)
_GENERAL = re.compile(r"general", re.I)
# The characters that stand for themselves without quotation marks.
_THEMSELVES = frozenset(" $-+():!^&'~{}<>=")

# What a section consists of: a text, a place for a digit, or one of the marks.
_Token = tuple[str, str]


def is_general(code: str) -> bool:
    """Say whether the format shows a number as it is."""
    return code in ("", "@") or code.lower() == "general"


def is_zeros(code: str) -> bool:
    """Say whether the format only fills a whole number up with zeros in front."""
    return bool(code) and not code.strip("0")


def shown(value: Decimal, code: str) -> str | None:
    """Return the text that the cell shows, without spaces around it.

    None where the format is not worked out here.
    """
    if is_general(code):
        return format(value, "f")
    if len(code) > _LONGEST or (sections := _sections(code)) is None:
        return None
    section, is_signed = _chosen(value, sections)
    text = _filled(abs(value), section)
    if text is None:
        return None
    return f"-{text}".strip() if is_signed and value < 0 else text.strip()


def shown_text(text: str, code: str) -> str | None:
    """Return what a cell that holds a text shows; None where it is not worked out.

    The fourth section is for texts, or the last one that has an @ for it.
    """
    if is_general(code):
        return text
    if len(code) > _LONGEST or (sections := _sections(code)) is None:
        return None if "@" in code or code.count(";") > 2 else text
    kinds = [kind for kind, _text in sections[-1]]
    if len(sections) < 4 and "@" not in kinds:
        return text
    return "".join(text if kind == "@" else said for kind, said in sections[-1])


def tells(value: Decimal, text: str) -> bool:
    """Say whether a reader of the text knows the number but for decimals left out.

    So 5.32 tells 5.318, while >220, 12 for 12345, and 5.0 for -5.0 do not tell it.
    """
    if not _PLAIN.fullmatch(text) or text.startswith("-") != (value < 0):
        return False
    places = len(text.partition(".")[2])
    return Decimal(text) == _rounded(value, places)


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(
        Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=_EXACT
    )


def _chosen(
    value: Decimal, sections: tuple[tuple[_Token, ...], ...]
) -> tuple[tuple[_Token, ...], bool]:
    """Return the section for the number, and whether a minus is added to it.

    The first is for all, or for what is not below zero; the second for negative
    numbers, which it shows without a sign; the third for zero; the fourth for texts.
    """
    if len(sections) == 1:
        return sections[0], True
    if value < 0:
        return sections[1], False
    return (sections[2] if len(sections) > 2 and not value else sections[0]), False


@functools.lru_cache(maxsize=512)
def _sections(code: str) -> tuple[tuple[_Token, ...], ...] | None:
    """Return the sections of the format; None where it holds what is not known."""
    sections: list[tuple[_Token, ...]] = []
    current: list[_Token] = []
    for token in _tokens(code):
        if token is None:
            return None
        if token[0] == ";":
            sections.append(tuple(current))
            current = []
        else:
            current.append(token)
    return (*sections, tuple(current))


def _tokens(code: str) -> Iterator[_Token | None]:
    place = 0
    while place < len(code):
        mark = code[place]
        after = code[place + 1 : place + 2]
        place += 1
        if mark == '"':
            text, end, _rest = code[place:].partition('"')
            yield "text", text
            place += len(text) + len(end)
        elif mark == "[":
            inside, end, _rest = code[place:].partition("]")
            place += len(inside) + len(end)
            if inside.startswith("$"):
                # A currency, and the language of the cell behind a dash. More than
                # four digits of it ask for the digits of another script.
                said, _dash, language = inside[1:].partition("-")
                yield None if _SCRIPT.fullmatch(language) else ("text", said)
            elif not _COLOUR.fullmatch(inside):
                yield None
        elif mark in "\\_*":
            # The next character itself, a space as wide as it, or it as a filling: as
            # many as the column is wide, which shows nothing only where it is a space.
            place += 1
            if mark != "*":
                yield "text", after if mark == "\\" else " "
            elif after != " ":
                yield None
        elif mark == "@":
            yield "@", ""
        elif match := _GENERAL.match(code, place - 1):
            yield "general", ""
            place = match.end()
        elif mark in "0#?":
            yield "digit", mark
        elif mark in ".,;":
            yield mark, mark
        elif mark in _THEMSELVES or not mark.isascii():
            yield "text", mark
        else:
            yield None


def _filled(value: Decimal, section: tuple[_Token, ...]) -> str | None:
    """Return the section with the digits of the number, which is not negative."""
    kinds = [kind for kind, _text in section]
    if "general" in kinds or "@" in kinds:
        if "digit" in kinds:
            return None
        return "".join(
            format(value, "f") if kind in ("general", "@") else text
            for kind, text in section
        )
    if "digit" not in kinds:
        return "".join(text for _kind, text in section)
    point = kinds.index(".") if "." in kinds else len(section)
    whole, behind = section[:point], section[point:]
    scale, is_grouped = _commas(whole)
    scale += _commas(behind)[0]
    decimals = [text for kind, text in behind if kind == "digit"]
    places = len(decimals)
    number = format(_rounded(_EXACT.scaleb(value, -3 * scale), places), "f")
    before, _dot, after = number.partition(".")
    return _whole(before.lstrip("0"), whole, is_grouped) + _behind(after, behind)


def _commas(whole: tuple[_Token, ...]) -> tuple[int, bool]:
    """Return by how many thousands the number is divided, and whether it is grouped."""
    kinds = [kind for kind, _text in whole if kind in ("digit", ",")]
    last = max((n for n, kind in enumerate(kinds) if kind == "digit"), default=-1)
    scale = len(kinds) - 1 - last if last >= 0 else 0
    first = kinds.index("digit") if last >= 0 else 0
    return scale, "," in kinds[first : last + 1]


def _whole(digits: str, tokens: tuple[_Token, ...], is_grouped: bool) -> str:
    """Return what stands before the point; the first place takes all digits left."""
    places = sum(kind == "digit" for kind, _text in tokens)
    parts: list[str] = []
    filled = 0
    for kind, text in reversed(tokens):
        if kind == "text":
            parts.append(text)
        if kind != "digit":
            continue
        places -= 1
        take = digits[-1:] if places else digits
        digits = digits[: len(digits) - len(take)]
        for digit in reversed(take or {"0": "0", "?": " "}.get(text, "")):
            if is_grouped and filled and filled % 3 == 0:
                parts.append(",")
            parts.append(digit)
            filled += 1
    return "".join(reversed(parts))


def _behind(digits: str, tokens: tuple[_Token, ...]) -> str:
    """Return what stands from the point on; # and ? leave zeros at the end out."""
    needed = 0
    of_digits = [text for kind, text in tokens if kind == "digit"]
    for place, mark in enumerate(of_digits, start=1):
        if mark == "0" or digits[place - 1] != "0":
            needed = place
    parts, place = [], 0
    for kind, text in tokens:
        if kind == "digit":
            parts.append(digits[place] if place < needed else "")
            place += 1
        elif kind in (".", "text"):
            parts.append(text)
    return "".join(parts)
