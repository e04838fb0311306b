"""Column map: what each column of an import file is, written in TOML.

Strict, because a wrong map makes wrong records: unknown keys, columns that the file
lacks and columns that the map does not name are refused.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from typing import Any

from lots.imports.table_file import DELIMITERS, Row, Table
from lots.origin.lot_facts import LotFacts
from lots.rules.refusal import Refusal, Refusals
from lots.rules.reportable_value import Determination

LARGEST = 64 * 1024
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
    "performed_by",
    "performed_on",
)
OPTIONAL = (
    *(fact.name for fact in _OF_A_LOT if fact.default is not MISSING),
    "laboratory",
)
FACTS = REQUIRED + OPTIONAL
# What is not known of every lot, or has a value of its own where it is not said.
MAY_BE_BLANK = (
    *(fact.name for fact in _OF_A_LOT if fact.default in ("", None)),
    "laboratory",
)
_TABLES = ("file", "columns", "constants", "results", "not_reported")
_KEYS = ("lot", "original_lot", "ignore", *_TABLES)
_ORDINALS = ("preparation", "injection")
_PLACE = re.compile(r"\{([^{}]*)\}")


class WrongMap(Refusal):
    """The map does not say what it must, or says what the file does not have."""


@dataclass(frozen=True)
class ResultColumn:
    """A column that holds one determination of a test, or one named peak of it."""

    column: str
    test: str
    preparation: int = 1
    injection: int = 1
    component: str = ""

    def determination(self, text: str) -> Determination:
        """Return what the column's text says, as the rules take it."""
        return Determination(
            text=text,
            preparation=self.preparation,
            injection=self.injection,
            component=self.component,
        )


@dataclass(frozen=True)
class ImportMap:
    """What each column is. `lot` and `original_lot` are templates of columns."""

    lot: str
    original_lot: str
    columns: dict[str, str]
    constants: dict[str, str]
    results: tuple[ResultColumn, ...]
    not_reported: dict[str, frozenset[str]]
    ignore: tuple[str, ...] = ()
    delimiter: str = ""
    sheet: str = ""

    def in_numbers(self) -> list[str]:
        """Return the columns that the lot numbers are made of."""
        return list(dict.fromkeys(_PLACE.findall(self.lot + self.original_lot)))

    def named(self) -> Iterator[str]:
        """Yield every column that the map reads, in its order, perhaps twice."""
        yield from self.in_numbers()
        yield from self.columns.values()
        for result in self.results:
            yield result.column

    def fit(self, table: Table) -> None:
        """Raise Refusals unless the map and the file's header name each other."""
        known = dict.fromkeys((*self.named(), *self.ignore))
        missing = [column for column in known if column not in table.header]
        unmapped = [column for column in table.header if column not in known]
        wrong = []
        if missing:
            wrong.append(
                WrongMap(
                    "no-column",
                    "The map names the column %(column)s, but the file has no such"
                    " column; it has %(header)s. Correct the map or the file."
                    if len(missing) == 1
                    else (
                        "The map names the columns %(column)s, but the file has none"
                        " of them; it has %(header)s. Correct the map or the file."
                    ),
                    column=", ".join(missing),
                    header=", ".join(table.header)[:300],
                )
            )
        if unmapped:
            wrong.append(
                WrongMap(
                    "unmapped",
                    "The file has the column %(column)s, which the map does not name;"
                    " map it, or list it under ignore."
                    if len(unmapped) == 1
                    else "The file has the columns %(column)s, which the map does not"
                    " name; map them, or list them under ignore.",
                    column=", ".join(unmapped),
                )
            )
        if wrong:
            raise wrong[0] if len(wrong) == 1 else Refusals(wrong)

    def cells(self, table: Table, row: Row) -> dict[str, str]:
        """Return the row's texts by column."""
        return dict(zip(table.header, row.texts, strict=True))

    def number(self, cells: dict[str, str]) -> str:
        """Return our lot number as the template gives it."""
        return _filled(self.lot, cells)

    def original_number(self, cells: dict[str, str]) -> str:
        """Return the manufacturer's lot number as the template gives it."""
        return _filled(self.original_lot, cells)

    def facts(self, cells: dict[str, str]) -> dict[str, str]:
        """Return the facts of the lot that the row and the constants give."""
        return self.constants | {
            fact: cells[column] for fact, column in self.columns.items()
        }

    def origin_of(self, fact: str) -> str:
        """Return where a fact comes from, for a message: its column or the map."""
        if fact in self.columns:
            return self.columns[fact]
        return {"number": self.lot, "original_number": self.original_lot}.get(
            fact, f"{fact} (constant)" if fact in self.constants else ""
        )

    def results_in(
        self, cells: dict[str, str]
    ) -> Iterator[tuple[ResultColumn, str, bool]]:
        """Yield each result column with its text, and whether that is a result."""
        for result in self.results:
            text = cells[result.column]
            yield result, text, text not in self.not_reported.get(result.column, ())


def read(text: str) -> ImportMap:
    """Return the map that the TOML text gives; raise WrongMap, or Refusals of it."""
    if len(text) > LARGEST:
        raise WrongMap(
            "size",
            "The map has %(length)s characters, and at most %(largest)s are read;"
            " shorten it.",
            field="map_text",
            length=len(text),
            largest=LARGEST,
        )
    try:
        # TOML knows CR LF, and a file made on Windows is a file all the same.
        told = tomllib.loads(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    except (ValueError, RecursionError) as error:
        # ValueError, for tomllib lets that of a number too long for int() pass.
        raise WrongMap(
            "toml",
            "The map is not TOML: %(why)s.",
            field="map_text",
            why=str(error)[:200],
        ) from None
    wrong = list(_wrong(told))
    if wrong:
        raise wrong[0] if len(wrong) == 1 else Refusals(wrong)
    read = _read(told)
    for column in read.ignore:
        if column in read.named():
            raise _refuse(
                "ignore",
                "The map reads the column %(column)s and also lists it under ignore;"
                " keep one of the two.",
                column=column,
            )
    return read


def _read(told: dict[str, Any]) -> ImportMap:
    file = told.get("file", {})
    return ImportMap(
        lot=told["lot"],
        original_lot=told.get("original_lot", told["lot"]),
        columns=told.get("columns", {}),
        constants=told.get("constants", {}),
        results=tuple(
            ResultColumn(column, says)
            if isinstance(says, str)
            else ResultColumn(column, **says)
            for column, says in told["results"].items()
        ),
        not_reported={
            column: frozenset(texts)
            for column, texts in told.get("not_reported", {}).items()
        },
        ignore=tuple(told.get("ignore", ())),
        delimiter=file.get("delimiter", ""),
        sheet=file.get("sheet", ""),
    )


def _filled(template: str, cells: dict[str, str]) -> str:
    return _PLACE.sub(lambda place: cells[place[1]], template)


def _refuse(code: str, sentence: str, **params: object) -> WrongMap:
    return WrongMap(code, sentence, field="map_text", **params)


def _wrong(told: dict[str, Any]) -> Iterator[WrongMap]:
    for key in told:
        if key not in _KEYS:
            yield _unknown("the map", key, _KEYS)
    for name in _TABLES:
        if not isinstance(told.get(name, {}), dict):
            yield _refuse("shape", "[%(name)s] in the map must be a table.", name=name)
            return
    yield from _wrong_templates(told)
    yield from _wrong_file(told.get("file", {}))
    yield from _wrong_facts(told.get("columns", {}), told.get("constants", {}))
    results = told.get("results", {})
    if not results:
        yield _refuse(
            "no-results",
            "The map has no [results]; say there which column holds which test.",
        )
    yield from _wrong_results(results)
    for column, texts in told.get("not_reported", {}).items():
        if column not in results:
            yield _refuse(
                "not-reported",
                "[not_reported] names the column %(column)s, but [results] does not;"
                " add it there, or remove it here.",
                column=column,
            )
        if not _is_texts(texts):
            yield _refuse(
                "not-reported",
                "Under [not_reported], %(column)s must be a list of texts in quotes,"
                ' such as ["", "0"].',
                column=column,
            )
    if not _is_texts(told.get("ignore", [])):
        yield _refuse(
            "ignore",
            'ignore in the map must be a list of column names, such as ["Remarks"].',
        )


def _wrong_templates(told: dict[str, Any]) -> Iterator[WrongMap]:
    if "lot" not in told:
        yield _refuse(
            "no-lot",
            "The map has no lot; give our lot number as a template of columns, such as"
            ' lot = "{batch}".',
        )
    for key in ("lot", "original_lot"):
        template = told.get(key, "{}")
        if not isinstance(template, str):
            yield _refuse(
                "template", "%(key)s in the map must be a text in quotes.", key=key
            )
        elif key in told and (
            not any(_PLACE.findall(template))
            or "{}" in template
            or set("{}") & set(_PLACE.sub("", template))
        ):
            yield _refuse(
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
            yield _refuse(
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
                yield _refuse(
                    "text",
                    "%(fact)s under %(table)s must be a text in quotes, and not blank.",
                    fact=fact,
                    table=name,
                )
    for fact in FACTS:
        if fact in columns and fact in constants:
            yield _refuse(
                "twice",
                "%(fact)s is both under [columns] and under [constants]; keep one of"
                " the two.",
                fact=fact,
            )
        if fact in REQUIRED and fact not in columns and fact not in constants:
            yield _refuse(
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
            yield _refuse(
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
            yield _refuse(
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
    return _refuse(
        "unknown-key",
        "%(key)s is not a key of %(table)s; use %(known)s.",
        key=key,
        table=table,
        known=", ".join(known),
    )
