"""Map grammar: what the TOML of a column map may say, and what is wrong with one.

Strict, because a wrong map makes wrong records: unknown keys are refused, and so is
whatever could lose a result. What means *not reported* is a closed list, a column is
ignored for a stated reason, and a translation never makes or changes a number.
"""

import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any

from lots.imports.table_file import DELIMITERS
from lots.origin.lot_facts import LotFacts
from lots.rules import not_imported, reported_value
from lots.rules.refusal import Refusal
from lots.rules.reported_value import Kind, NotAReportedValue

# The templates give the numbers; files, parents and origin are for the page alone.
_NOT_IN_A_FILE = (
    "number",
    "original_number",
    "origin",
    "use_document",
    "original_certificate",
    "parents",
)
_OF_A_LOT = [fact for fact in fields(LotFacts) if fact.name not in _NOT_IN_A_FILE]
# The facts that a column or a constant must give, those of the results last, and those
# that one may.
REQUIRED = (
    *(fact.name for fact in _OF_A_LOT if fact.default is MISSING),
    "sampled_on",
    "sampled_by",
    "sample_quantity",
    "performed_by",
    "performed_on",
)
OPTIONAL = (
    *(fact.name for fact in _OF_A_LOT if fact.default is not MISSING),
    "started_on",
    "laboratory",
    "run",
)
FACTS = REQUIRED + OPTIONAL
# What is not known of every lot, or has a value of its own where it is not said.
MAY_BE_BLANK = (
    *(fact.name for fact in _OF_A_LOT if fact.default in ("", None)),
    "started_on",
    "laboratory",
    "run",
)
_TABLES = (
    *("file", "columns", "constants", "results", "not_reported", "translate"),
    "ignore",
)
_KEYS = (
    "lot",
    "original_lot",
    "sample",
    "never_zero",
    "as_shown",
    "lost_zeros",
    *_TABLES,
)
_ORDINALS = ("preparation", "injection")
# The numbers in a word of a file; one with an exponent is another number.
_NUMBERS = re.compile(
    r"(?:[<>] ?)?-?(?:[0-9]{1,3}(?: [0-9]{3})+|[0-9]+)(?:[.,][0-9]+)*"
    r"(?:[Ee^][-+]?[0-9]+)?"
)
# A column that a template names.
PLACE = re.compile(r"\{([^{}]*)\}")


# A key of a map has two parts, such as translate.water; a value is nested twice. Of one
# with thousands of parts the reader of TOML makes a gigabyte.
MOST_PARTS = 8
DEEPEST = 8
_END_OF_TEXT = {'"': re.compile(r'\\.|"|\n', re.S), "'": re.compile(r"'|\n")}
# A text of several lines may end in one or two quotes of its own, and in one with
# double quotes a backslash takes the next character for the text (TOML 1.0, String).
_END_OF_LINES = {
    '"': re.compile(r'(?:[^\\"]|\\.|"(?!""))*+"{3,5}', re.S),
    "'": re.compile(r"(?:[^']|'(?!''))*+'{3,5}", re.S),
}


class WrongMap(Refusal):
    """The map does not say what it must, or says what the file does not have."""


def refused(code: str, sentence: str, **params: object) -> WrongMap:
    """Return the refusal, to be shown at the field of the map."""
    return WrongMap(code, sentence, field="map_text", **params)


def check_depth(text: str) -> None:
    """Refuse, before it is read as TOML, a map that nests keys or values deep.

    Read once from start to end, texts in quotes and comments left out.
    """
    line, parts, depth, place = 1, 1, 0, 0
    while place < len(text):
        mark = text[place]
        if mark == "#":
            place = _found(text, "\n", place)
            continue
        if mark in "\"'":
            end = _end_of_text(text, place)
            line += text.count("\n", place, end)
            place = end
            continue
        if mark == "\n":
            line, parts = line + 1, 1
        parts += mark == "."
        depth += (mark in "[{") - (mark in "]}")
        if parts > MOST_PARTS or depth > DEEPEST:
            raise refused(
                "nested",
                "Line %(line)s of the map nests keys or values more than %(most)s deep,"
                " and no map does; correct it. Write a name with dots in quotes.",
                line=line,
                most=MOST_PARTS,
            )
        place += 1


def _found(text: str, mark: str, place: int) -> int:
    """Return where the mark stands from the place on, or the end of the text."""
    found = text.find(mark, place)
    return len(text) if found < 0 else found


def _end_of_text(text: str, place: int) -> int:
    """Return where the quoted text that begins here ends; its line, if it is open."""
    quote = text[place]
    if text.startswith(quote * 3, place):
        match = _END_OF_LINES[quote].match(text, place + 3)
        return match.end() if match else len(text)
    place += 1
    while found := _END_OF_TEXT[quote].search(text, place):
        place = found.end()
        if found[0] == "\n":
            return place - 1
        if found[0] == quote:
            return place
    return len(text)


def wrong(told: dict[str, Any]) -> Iterator[WrongMap]:
    """Yield everything that is wrong with what the TOML tells."""
    for key in told:
        if key not in _KEYS:
            yield _unknown("the map", key, _KEYS)
    for name in _TABLES:
        if not isinstance(told.get(name, {}), dict):
            yield refused(
                "shape",
                "[ignore] in the map must be a table that names each column with its"
                ' reason, such as Remarks = "remark".'
                if name == "ignore"
                else "[%(name)s] in the map must be a table.",
                name=name,
            )
            return
    yield from _wrong_templates(told)
    yield from _wrong_file(told.get("file", {}))
    yield from _wrong_facts(told.get("columns", {}), told.get("constants", {}))
    results = told.get("results", {})
    if not results:
        yield refused(
            "no-results",
            "The map has no [results]; say there which column holds which test.",
        )
    yield from _wrong_results(results)
    yield from _wrong_columns("never_zero", told, results)
    yield from _wrong_columns("lost_zeros", told, results)
    never_zero = told.get("never_zero", [])
    if not _is_texts(never_zero):
        never_zero = []
    yield from _wrong_as_shown(told)
    yield from _wrong_not_reported(told.get("not_reported", {}), results, never_zero)
    yield from _wrong_translations(told.get("translate", {}), results)
    yield from _wrong_ignored(told.get("ignore", {}))


def _wrong_columns(
    key: str, told: dict[str, Any], results: dict[str, Any]
) -> Iterator[WrongMap]:
    """Yield what is wrong with a list of columns of results."""
    columns = told.get(key, [])
    if not _is_texts(columns):
        yield refused(
            key.replace("_", "-"),
            '%(key)s in the map must be a list of column names, such as ["api_water"].',
            key=key,
        )
        return
    for column in columns:
        if column not in results:
            yield refused(
                key.replace("_", "-"),
                "%(key)s names the column %(column)s, but [results] does not; add it"
                " there, or remove it here.",
                key=key,
                column=column,
            )


def _wrong_as_shown(told: dict[str, Any]) -> Iterator[WrongMap]:
    columns = told.get("as_shown", [])
    if not _is_texts(columns):
        yield refused(
            "as-shown",
            'as_shown in the map must be a list of column names, such as ["batch"].',
        )
        return
    templates = (told.get(key) for key in ("lot", "original_lot", "sample"))
    numbers = {
        column
        for template in templates
        if isinstance(template, str)
        for column in PLACE.findall(template)
    }
    for column in columns:
        if column not in numbers:
            yield refused(
                "as-shown",
                "as_shown names the column %(column)s, but no number of a lot or sample"
                " is made of it; remove it, because a result is taken as it is stored.",
                column=column,
            )


def _wrong_not_reported(
    told: dict[str, Any], results: dict[str, Any], never_zero: list[str]
) -> Iterator[WrongMap]:
    for column, texts in told.items():
        if column not in results:
            yield _not_a_result("[not_reported]", column)
        if not _is_texts(texts):
            yield refused(
                "not-reported",
                "Under [not_reported], %(column)s must be a list of texts in quotes,"
                ' such as ["", "-"].',
                column=column,
            )
            continue
        for text in texts:
            if not_imported.means_not_reported(text):
                continue
            if text != not_imported.ZERO:
                yield refused(
                    "not-reported",
                    "Under [not_reported], %(column)s has “%(text)s”. Only blank,"
                    " %(known)s mean not reported, and 0 where the test cannot be zero."
                    " If it is a result in other words, say under"
                    " [translate.%(column)s] which one.",
                    column=column,
                    text=text,
                    known=", ".join(not_imported.NOT_REPORTED[1:]),
                )
            elif column not in never_zero:
                yield refused(
                    "zero",
                    "Under [not_reported], %(column)s has 0, which is a result. If the"
                    " test can never be zero, name the column in never_zero; otherwise"
                    " remove the 0.",
                    column=column,
                )


def _wrong_translations(
    told: dict[str, Any], results: dict[str, Any]
) -> Iterator[WrongMap]:
    for column, words in told.items():
        if column not in results:
            yield _not_a_result("[translate]", column)
        if not isinstance(words, dict) or not all(
            isinstance(text, str) and text for text in words.values()
        ):
            yield refused(
                "translate",
                "[translate.%(column)s] must name each word of the file with the value"
                ' that it is, both in quotes, such as "n.d." = "ND".',
                column=column,
            )
            continue
        for written, text in words.items():
            if not_imported.means_not_reported(written):
                yield refused(
                    "translate",
                    "[translate.%(column)s] has “%(written)s”, which means not"
                    " reported and cannot become a result; remove it.",
                    column=column,
                    written=written or "blank",
                )
            elif _is_changed(written, text):
                yield refused(
                    "translate-digits",
                    "[translate.%(column)s] makes %(text)s of “%(written)s”, which"
                    " does not say this and no other number. A translation never makes"
                    " or changes a number; correct it, or correct the cell.",
                    column=column,
                    written=written,
                    text=text,
                )


def _wrong_ignored(told: dict[str, Any]) -> Iterator[WrongMap]:
    for column, why in told.items():
        if why not in not_imported.REASONS:
            yield refused(
                "ignore",
                "Under [ignore], %(column)s needs its reason, one of %(known)s.",
                column=column,
                known=", ".join(f'"{one.value}"' for one in not_imported.REASONS),
            )


def _not_a_result(table: str, column: str) -> WrongMap:
    return refused(
        "not-a-result",
        "%(table)s names the column %(column)s, but [results] does not; add it there,"
        " or remove it here.",
        table=table,
        column=column,
    )


def _is_changed(written: str, text: str) -> bool:
    """Say whether a translation makes a number, or another one than the file says.

    A decimal comma, spaces between thousands and what stands around the number go;
    where the file says several, such as a result with its limit, nobody knows which.
    """
    try:
        value = reported_value.parse(text)
    except NotAReportedValue:
        # Of a word of the test; anything else is refused where it is stored.
        return False
    said = [one.replace(" ", "").replace(",", ".") for one in _NUMBERS.findall(written)]
    if value.kind is Kind.NOT_DETECTED:
        return any(not one.startswith("<") for one in said)
    return said != [value.text.replace(" ", "")]


def _wrong_templates(told: dict[str, Any]) -> Iterator[WrongMap]:
    if "lot" not in told:
        yield refused(
            "no-lot",
            "The map has no lot; give our lot number as a template of columns, such as"
            ' lot = "{batch}".',
        )
    if "sample" not in told:
        yield refused(
            "no-sample",
            "The map has no sample; give the number of the sample that was tested as a"
            ' template of columns, such as sample = "{batch}/S1".',
        )
    for key in ("lot", "original_lot", "sample"):
        template = told.get(key, "{}")
        if not isinstance(template, str):
            yield refused(
                "template", "%(key)s in the map must be a text in quotes.", key=key
            )
        elif key in told and (
            not any(PLACE.findall(template))
            or "{}" in template
            or set("{}") & set(PLACE.sub("", template))
        ):
            yield refused(
                "template",
                "%(key)s in the map must name at least one column in braces, such as"
                " {batch}; %(template)s does not.",
                key=key,
                template=template,
            )


def _wrong_file(file: dict[str, Any]) -> Iterator[WrongMap]:
    for key, says in file.items():
        if key not in ("delimiter", "sheet"):
            yield _unknown("[file]", key, ("delimiter", "sheet"))
        elif not isinstance(says, str) or (
            key == "delimiter" and says not in DELIMITERS
        ):
            yield refused(
                "file",
                "%(key)s under [file] must be %(allowed)s.",
                key=key,
                allowed="a sheet's name"
                if key == "sheet"
                else 'one of ",", ";", "tab"',
            )


def _wrong_facts(
    columns: dict[str, Any], constants: dict[str, Any]
) -> Iterator[WrongMap]:
    for name, table in (("[columns]", columns), ("[constants]", constants)):
        for fact, says in table.items():
            if fact not in FACTS:
                yield _unknown(name, fact, FACTS)
            elif (
                not isinstance(says, str) or not says.strip() or not says.isprintable()
            ):
                yield refused(
                    "text",
                    "%(fact)s under %(table)s must be a text in quotes, and not blank.",
                    fact=fact,
                    table=name,
                )
    for fact in FACTS:
        if fact in columns and fact in constants:
            yield refused(
                "twice",
                "%(fact)s is both under [columns] and under [constants]; keep one of"
                " the two.",
                fact=fact,
            )
        if fact in REQUIRED and fact not in columns and fact not in constants:
            yield refused(
                "no-fact",
                "The map does not say where %(fact)s comes from; name its column under"
                " [columns] or its value under [constants].",
                fact=fact,
            )


def _wrong_results(results: dict[str, Any]) -> Iterator[WrongMap]:
    seen: set[tuple[object, ...]] = set()
    for column, says in results.items():
        told = {"test": says} if isinstance(says, str) else says
        if not (
            isinstance(told, dict)
            and told.keys() <= {"test", "preparation", "injection", "component"}
            and isinstance(told.get("test"), str)
            and told["test"].strip()
            and isinstance(component := told.get("component", ""), str)
            and component.isprintable()
            and len(component) <= 60
            and all(_is_ordinal(told.get(key, 1)) for key in _ORDINALS)
        ):
            yield refused(
                "result",
                "Under [results], %(column)s must be the code of a test, or a table"
                " with test and, if needed, preparation, injection (from 1 to 99) and"
                " component (at most 60 characters).",
                column=column,
            )
            continue
        place = (
            told["test"],
            *(told.get(key, 1) for key in _ORDINALS),
            told.get("component", ""),
        )
        if place in seen:
            yield refused(
                "same-place",
                "Under [results], %(column)s is the same value of %(test)s as another"
                " column; give each its preparation, injection or component.",
                column=column,
                test=told["test"],
            )
        seen.add(place)


def _is_ordinal(told: object) -> bool:
    return type(told) is int and 1 <= told <= 99


def _is_texts(told: object) -> bool:
    return isinstance(told, list) and all(isinstance(text, str) for text in told)


def _unknown(table: str, key: str, known: tuple[str, ...]) -> WrongMap:
    return refused(
        "unknown-key",
        "%(key)s is not a key of %(table)s; use %(known)s.",
        key=key,
        table=table,
        known=", ".join(known),
    )
