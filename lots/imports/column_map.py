"""Column map: what each column of an import file is, written in TOML.

The grammar is checked first (`map_grammar`); columns that the file lacks, and columns
that the map does not name, are refused when the two meet.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lots.imports import map_grammar
from lots.imports.map_grammar import PLACE, WrongMap
from lots.imports.table_file import Row, Table
from lots.rules.not_imported import Why
from lots.rules.refusal import Refusals
from lots.rules.reportable_value import Determination

LARGEST = 64 * 1024


@dataclass(frozen=True)
class ResultColumn:
    """A column that holds one determination of a test, or one named peak of it."""

    column: str
    test: str
    preparation: int = 1
    injection: int = 1
    component: str = ""

    def determination(self, text: str, *, written: str = "") -> Determination:
        """Return what the column's text says, as the rules take it.

        `written` is the word of the file, where the map translated it into the text.
        """
        return Determination(
            text=text,
            preparation=self.preparation,
            injection=self.injection,
            component=self.component,
            written=written,
        )


@dataclass(frozen=True)
class ResultCell:
    """A cell of a result column: what the file says, and the value that it is.

    `text` is what is stored; it differs from `written` where the map translates that.
    """

    column: ResultColumn
    written: str
    text: str
    is_reported: bool

    def determination(self) -> Determination:
        """Return the value, with the file's own word where that was translated."""
        is_translated = self.text != self.written
        return self.column.determination(
            self.text, written=self.written if is_translated else ""
        )


@dataclass(frozen=True)
class ImportMap:
    """What each column is. `lot`, `original_lot`, `sample` are templates of columns.

    `ignore` has the reason of each column that is not read; `translate` what a word of
    the file means, by column; `never_zero` the columns of tests that cannot be zero;
    `as_shown` those whose numbers are taken with the zeros that a cell shows in front;
    `lost_zeros` those of results whose numbers lost the zeros at their end.
    """

    lot: str
    original_lot: str
    sample: str
    columns: dict[str, str]
    constants: dict[str, str]
    results: tuple[ResultColumn, ...]
    not_reported: dict[str, frozenset[str]]
    ignore: dict[str, Why]
    translate: dict[str, dict[str, str]]
    never_zero: frozenset[str]
    as_shown: frozenset[str] = frozenset()
    lost_zeros: frozenset[str] = frozenset()
    delimiter: str = ""
    sheet: str = ""

    def in_numbers(self) -> list[str]:
        """Return the columns that the numbers of lot and sample are made of."""
        templates = self.lot + self.original_lot + self.sample
        return list(dict.fromkeys(PLACE.findall(templates)))

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
                    " map it, or name it under [ignore] with the reason."
                    if len(unmapped) == 1
                    else "The file has the columns %(column)s, which the map does not"
                    " name; map them, or name them under [ignore] with the reason.",
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

    def sample_number(self, cells: dict[str, str]) -> str:
        """Return the number of the sample that was tested as the template gives it."""
        return _filled(self.sample, cells)

    def facts(self, cells: dict[str, str]) -> dict[str, str]:
        """Return the facts of the lot that the row and the constants give."""
        return self.constants | {
            fact: cells[column] for fact, column in self.columns.items()
        }

    def origin_of(self, fact: str) -> str:
        """Return where a fact comes from, for a message: its column or the map."""
        if fact in self.columns:
            return self.columns[fact]
        templates = {
            "number": self.lot,
            "original_number": self.original_lot,
            "sample": self.sample,
        }
        return templates.get(
            fact, f"{fact} (constant)" if fact in self.constants else ""
        )

    def results_in(self, cells: dict[str, str]) -> Iterator[ResultCell]:
        """Yield the cell of each result column, translated where the map says so."""
        for result in self.results:
            written = cells[result.column]
            yield ResultCell(
                column=result,
                written=written,
                text=self.translate.get(result.column, {}).get(written, written),
                is_reported=written not in self.not_reported.get(result.column, ()),
            )

    def translations(self) -> Iterator[tuple[ResultColumn, str, str]]:
        """Yield each word that the map translates: its column, the word, the value."""
        for result in self.results:
            for written, text in self.translate.get(result.column, {}).items():
                yield result, written, text


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
    map_grammar.check_depth(text)
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
    wrong = list(map_grammar.wrong(told))
    if wrong:
        raise wrong[0] if len(wrong) == 1 else Refusals(wrong)
    read = _read(told)
    for column in read.ignore:
        if column in read.named():
            raise map_grammar.refused(
                "ignore",
                "The map reads the column %(column)s and also names it under [ignore];"
                " keep one of the two.",
                column=column,
            )
    return read


def _read(told: dict[str, Any]) -> ImportMap:
    file = told.get("file", {})
    return ImportMap(
        lot=told["lot"],
        original_lot=told.get("original_lot", told["lot"]),
        sample=told["sample"],
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
        ignore={column: Why.of(why) for column, why in told.get("ignore", {}).items()},
        translate=told.get("translate", {}),
        never_zero=frozenset(told.get("never_zero", ())),
        as_shown=frozenset(told.get("as_shown", ())),
        lost_zeros=frozenset(told.get("lost_zeros", ())),
        delimiter=file.get("delimiter", ""),
        sheet=file.get("sheet", ""),
    )


def _filled(template: str, cells: dict[str, str]) -> str:
    return PLACE.sub(lambda place: cells[place[1]], template)
