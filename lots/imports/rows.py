"""Rows of an import file: the facts of a lot and its results, read from text.

Checks form only: whether a value can be read, never whether it passes. Writes nothing.
"""

import contextlib
import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from lots.imports import number_format
from lots.imports.column_map import ImportMap, ResultCell
from lots.imports.map_grammar import MAY_BE_BLANK
from lots.imports.row_report import LeftOut, RowForm, ShownCell, WrongRow
from lots.imports.table_file import Row, Table
from lots.intake.admission import Grounds
from lots.intake.samples import SampleFacts
from lots.models import Lot, Material, Result, Sample, Site, Source, Test, User
from lots.origin.lot_facts import LotFacts
from lots.results import validation
from lots.results.validation import Entry
from lots.rules import dates, lot_number, not_imported, reportable_value
from lots.rules.not_imported import Why
from lots.rules.refusal import Refusal, Refusals
from lots.rules.reportable_value import Calculation, Decimals
from lots.rules.reported_value import NotAReportedValue
from lots.rules.text import look

# What a column is called, without "result" before it and the unit behind.
_AROUND_A_NAME = re.compile(r"^\s*(?:result\s+)?|\s*(?:[,(\[%].*)?$", re.I | re.S)
_OF_RESULTS = ("performed_by", "performed_on", "started_on", "laboratory", "run")
_OF_SAMPLES = ("sampled_on", "sampled_by", "sample_quantity")
# What the map calls a fact of the sample.
_IN_THE_MAP = {
    "number": "sample",
    "taken_on": "sampled_on",
    "taken_by": "sampled_by",
    "quantity": "sample_quantity",
}
PURPOSE = "Release testing"
_LONGEST = {
    **{field.name: field.max_length for field in Lot._meta.concrete_fields},
    "run": Result._meta.get_field("run").max_length,
    **{
        _IN_THE_MAP[field.name]: field.max_length
        for field in Sample._meta.concrete_fields
        if field.name in ("taken_by", "quantity")
    },
}


class Reader:
    """Reads the rows of one file; looks up once each what they name."""

    def __init__(self, *, import_map: ImportMap, table: Table, name: str):
        self.import_map = import_map
        self.table = table
        self.name = name
        self._materials: dict[str, Material] = {}
        for material in Material.objects.order_by("pk"):
            self._materials.setdefault(material.name, material)
            self._materials[material.item_code] = material
        self._sites = {
            str(site): site for site in Site.objects.select_related("organisation")
        }
        self._people: dict[str, User | None] = {}
        self.grounds = Grounds()
        self._tests: dict[tuple[int, str], Test | None] = {}
        self._numbers: dict[str, tuple[int, str]] = {}
        self._originals: dict[tuple, list[tuple]] = {}
        self._samples: dict[str, int] = {}

    def start(self):
        """Read the file from its start again: forget its lots and what they rest on."""
        self.grounds = Grounds()
        self._numbers.clear()
        self._originals.clear()
        self._samples.clear()

    def look_up_twins(self, forms: Iterable[RowForm]) -> None:
        """Look up at once the stored lots that the lots of these rows could be."""
        self.grounds.twins.look_up([form.facts for form in forms if form.facts])

    def read(self, row: Row) -> RowForm:
        """Return the row's form; nothing is written and nothing raised.

        A column that cannot be read is told once, and the others beside it.
        """
        if not row.texts:
            return RowForm(row.number, "", wrong=self._placed(row, row.faults))
        row = self._as_shown(row)
        cells = self.import_map.cells(self.table, row)
        wrong: list[tuple[str, Refusal]] = []
        facts = self._facts(cells, wrong)
        self._check_line_breaks(row, wrong)
        self._check_number_cells(row, wrong)
        shown = tuple(self._shown(row, wrong))
        number = facts["number"]
        unread = {column for column, _ in row.faults}
        if not unread or unread.isdisjoint(self.import_map.in_numbers()):
            is_first = self._check_once(row, number, wrong)
            if is_first and facts.get("material") and facts.get("site"):
                self._check_manufacturers_once(row, facts, wrong)
            self._check_sample_once(row, cells, wrong)
        material = facts.get("material")
        of_results = {name: facts.pop(name, None) for name in _OF_RESULTS}
        of_sample = {name: facts.pop(name, None) for name in _OF_SAMPLES}
        entries: Iterable[Entry] = ()
        if material is not None:
            entries = self._entries(row, cells, material, of_results, wrong)
            self._check_ignored(material, wrong)
        wrong = [*row.faults, *(one for one in wrong if one[0] not in unread)]
        if wrong:
            return RowForm(row.number, number, wrong=self._placed(row, wrong))
        return RowForm(
            row.number,
            number,
            LotFacts(**facts),
            tuple(entries),
            tuple(self._left_out(cells)),
            SampleFacts(
                number=self.import_map.sample_number(cells),
                taken_on=of_sample["sampled_on"],
                taken_by=of_sample["sampled_by"],
                quantity=of_sample["sample_quantity"],
                purpose=PURPOSE,
            ),
            shown=shown,
        )

    def refused(self, form: RowForm, refusal: Refusal) -> RowForm:
        """Return the form of a row that was refused."""
        each = refusal.refusals if isinstance(refusal, Refusals) else (refusal,)
        # One text may be both numbers of a lot, and is wrong once.
        once = {str(one): one for one in map(_for_a_file, reversed(each))}
        return RowForm(
            form.row,
            form.number,
            wrong=tuple(
                WrongRow(one, row=form.row, column=self.import_map.origin_of(one.field))
                for one in reversed(once.values())
            ),
        )

    def _placed(self, row, wrong):
        return tuple(
            WrongRow(refusal, row=row.number, column=column)
            for column, refusal in wrong
        )

    def _facts(self, cells, wrong):
        """Return the row's facts; those that cannot be read are left out."""
        read = {
            "number": self.import_map.number(cells),
            "original_number": self.import_map.original_number(cells),
        }
        for fact, text in self.import_map.facts(cells).items():
            try:
                value = self._fact(fact, text)
            except Refusal as refusal:
                wrong.append((self.import_map.origin_of(fact), refusal))
            else:
                if value != "":
                    read[fact] = value
        return read

    def _fact(self, fact, text):
        if not text.strip() and fact in MAY_BE_BLANK:
            return ""
        if fact.endswith("_on"):
            return _date(text)
        if fact == "material":
            return _named(self._materials, text, "material", "name or item code")
        if fact in ("site", "laboratory"):
            return _named(
                self._sites, text, "site", "organisation and site, with a comma"
            )
        if fact == "performed_by":
            return self._person(text)
        if not text.strip():
            # A batch size of 500 with a blank unit is not 500 kg.
            raise Refusal(
                "blank",
                "The cell is blank; fill it in, or give one value for all rows under"
                " [constants] in the map.",
            )
        longest = _LONGEST.get(fact)
        if longest and len(text) > longest:
            raise Refusal(
                "long",
                "%(text)s has %(length)s characters, and at most %(longest)s are kept;"
                " shorten it.",
                text=f"{text[:30]}\N{HORIZONTAL ELLIPSIS}",
                length=len(text),
                longest=longest,
            )
        return text

    def _person(self, text):
        key = text.casefold()
        if key not in self._people:
            self._people[key] = User.objects.filter(username_key=key).first()
        if self._people[key] is None:
            raise Refusal(
                "unknown-person",
                "%(text)s is not the username of an account. The person who performed"
                " the tests needs one, because nobody may review their own work; have"
                " an administrator add it.",
                text=text or "(blank)",
            )
        return self._people[key]

    def _check_number_cells(self, row, wrong):
        """Note a lot number whose cell a spreadsheet may have changed.

        It makes a date of 2-1 and 1.1 of 1.10, and neither says so.
        """
        for column in self.import_map.in_numbers():
            place = self.table.header.index(column)
            what = "a date" if place in row.dates else ""
            if place in row.doubles and "." in row.texts[place]:
                what = "a number with decimals"
            if what:
                refusal = Refusal(
                    "number-cell",
                    "The cell holds %(what)s, so the spreadsheet may have changed the"
                    " lot number that was typed there; store it as text.",
                    what=what,
                )
                wrong.append((column, refusal))

    def _check_line_breaks(self, row, wrong):
        """Note a cell with a line break; a column that is not read may have some."""
        for column in dict.fromkeys(self.import_map.named()):
            if "\n" in row.texts[self.table.header.index(column)]:
                refusal = Refusal(
                    "line-break",
                    "The cell has a line break inside; write what it says in one line.",
                )
                wrong.append((column, refusal))

    def _as_shown(self, row):
        """Return the row with zeros in front where the map takes them as shown."""
        places = {
            place: one.text
            for place, one in row.shown.items()
            if self.table.header[place] in self.import_map.as_shown
            and number_format.is_zeros(one.format)
            and one.text is not None
            and one.text.lstrip("0") == row.texts[place].lstrip("0")
        }
        if not places:
            return row
        return replace(
            row,
            texts=tuple(
                places.get(place, text) for place, text in enumerate(row.texts)
            ),
            shown={
                place: one for place, one in row.shown.items() if place not in places
            },
        )

    def _shown(self, row, wrong):
        """Yield the cells that show other decimals; note those that show another text.

        A person who compares the file reads what a cell shows. Of a number of a lot or
        sample it must be the text that is stored; of a result the number may only be
        rounded. A column that is not read may show anything.
        """
        numbers = self.import_map.in_numbers()
        for column in dict.fromkeys(self.import_map.named()):
            place = self.table.header.index(column)
            cell = row.shown.get(place)
            if cell is None or not row.texts[place]:
                continue
            taken = row.texts[place]
            if column in numbers and "." in taken:
                continue  # `_check_number_cells` refuses it
            if (
                column not in numbers
                and place in row.doubles
                and cell.text is not None
                and number_format.tells(Decimal(taken), cell.text)
            ):
                yield ShownCell(column, taken, cell.text)
            else:
                wrong.append((column, _shows_another(column in numbers, taken, cell)))

    def _check_once(self, row, number, wrong):
        """Note a lot that the file has twice, or that looks like another of its lots.

        The skeleton decides, as it does between stored lots.
        """
        first = self._numbers.setdefault(
            lot_number.skeleton(number), (row.number, number)
        )
        if first[0] != row.number:
            refusal = Refusal(
                "twice-in-file",
                "Lot %(lot)s is in row %(first)s already as %(other)s, or looks the"
                " same in print; remove or correct one of them.",
                lot=number,
                first=first[0],
                other=first[1],
            )
            wrong.append((self.import_map.lot, refusal))
        return first[0] == row.number

    def _check_manufacturers_once(self, row, facts, wrong):
        """Note a manufacturer's lot that the file has twice under two own numbers.

        As between stored lots: not twice from one site, nor from two sites of the
        manufacturer for two uses (domain.md 0.2).
        """
        original = facts["original_number"]
        site, use = facts["site"], facts.get("use")
        manufacturer = facts["material"].pk, site.organisation_id
        seen = self._originals.setdefault(
            (*manufacturer, lot_number.skeleton(original)), []
        )
        for first, number, other_site, other_use in seen:
            if other_site == site.pk or other_use != use:
                refusal = Refusal(
                    "original-twice-in-file",
                    "The manufacturer's lot %(original)s is in row %(first)s already,"
                    " as lot %(other)s. A lot is logged only once, whatever our own"
                    " number; remove one of them.",
                    original=original,
                    first=first,
                    other=number,
                )
                wrong.append((self.import_map.original_lot, refusal))
                break
        else:
            seen.append((row.number, facts["number"], site.pk, use))

    def _check_sample_once(self, row, cells, wrong):
        """Note a sample that the file has twice: each lot has one of its own."""
        number = self.import_map.sample_number(cells)
        first = self._samples.setdefault(number, row.number)
        if first != row.number:
            refusal = Refusal(
                "sample-twice",
                "Sample %(sample)s is in row %(first)s already; give each lot a sample"
                " of its own.",
                sample=number,
                first=first,
            )
            wrong.append((self.import_map.sample, refusal))

    def _entries(self, row, cells, material, of_results, wrong):
        """Return the row's results, one per test, and note what is wrong."""
        catalogue = self.grounds.catalogue(material)
        found: dict[Test, list[ResultCell]] = {}
        for cell in self.import_map.results_in(cells):
            test = self._test(catalogue, cell.column.test)
            try:
                if test is None:
                    raise Refusal(
                        "unknown-test",
                        "%(material)s has no test with the code %(code)s; correct the"
                        " map.",
                        material=material.name,
                        code=cell.column.test,
                    )
                _check_preparation(test, cell.column)
                if not cell.is_reported:
                    self._check_left_out(catalogue, test, cell.written)
                    continue
                self._check_value(catalogue, test, cell)
            except Refusal as refusal:
                wrong.append((cell.column.column, refusal))
                continue
            found.setdefault(test, []).append(cell)
        places = {name: place for place, name in enumerate(self.table.header)}
        return [
            Entry(
                test=test,
                determinations=[cell.determination() for cell in typed],
                performed_by=of_results["performed_by"],
                performed_on=of_results["performed_on"],
                started_on=of_results["started_on"] or None,
                laboratory=of_results["laboratory"],
                run=of_results["run"] or "",
                raw_reference=self._reference(
                    row, any(places[c.column.column] in row.doubles for c in typed)
                ),
                source=Source.IMPORT,
                decimals=Decimals.LOST
                if any(c.column.column in self.import_map.lost_zeros for c in typed)
                else Decimals.TYPED,
            )
            for test, typed in found.items()
        ]

    def _test(self, catalogue, code):
        key = catalogue.material_id, code
        if key not in self._tests:
            self._tests[key] = next(
                (test for test in catalogue.tests.values() if test.code == code), None
            )
        return self._tests[key]

    def _check_value(self, catalogue, test, cell):
        if not cell.text:
            raise Refusal(
                "blank",
                "The cell is blank; fill it in or, if blank means not reported, say so"
                " in the map under [not_reported].",
            )
        if cell.text != cell.written and self._is_result(catalogue, test, cell.written):
            raise Refusal(
                "translated-result",
                "%(text)s is a result of %(test)s already, so it cannot be translated;"
                " remove it from [translate] in the map.",
                text=cell.written,
                test=test.name,
            )
        validation.check_values(catalogue, test, [cell.text])

    def _check_left_out(self, catalogue, test, text):
        """Refuse to take a result for not reported: it could be one that fails.

        Zero is none where the map says that the test can never be zero.
        """
        if text == not_imported.ZERO or not self._is_result(catalogue, test, text):
            return
        raise Refusal(
            "left-out",
            "%(text)s is a result of %(test)s, so it cannot mean not reported; remove"
            " it from [not_reported] in the map.",
            text=text,
            test=test.name,
        )

    def _is_result(self, catalogue, test, text):
        method = catalogue.current_method.get(test.pk)
        if not text or method is None:
            return False
        try:
            reportable_value.read(catalogue.measurement(test.pk, method.pk), text)
        except NotAReportedValue:
            return False
        return True

    def _check_ignored(self, material, wrong):
        """Note an ignored column that has the name or the code of a test.

        A total of peaks may be ignored, because it is calculated here.
        """
        catalogue = self.grounds.catalogue(material)
        for column, why in self.import_map.ignore.items():
            named = look(_AROUND_A_NAME.sub("", column))
            for test in catalogue.tests.values():
                if named not in (look(test.code), look(test.name)):
                    continue
                if why == Why.CALCULATED and test.calculation == Calculation.TOTAL:
                    continue
                refusal = Refusal(
                    "ignored-test",
                    "The map ignores this column, but %(test)s is a test of"
                    " %(material)s; name the column under [results]."
                    " If it holds something else, rename it in the file.",
                    test=test.name,
                    material=material.name,
                )
                wrong.append((column, refusal))

    def _left_out(self, cells):
        """Yield each cell that becomes no result, those not reported first."""
        for cell in self.import_map.results_in(cells):
            if not cell.is_reported:
                yield LeftOut(
                    cell.column.column,
                    cell.written,
                    Why.NOT_REPORTED.value,
                    cell.column.test,
                )
        for column, why in self.import_map.ignore.items():
            yield LeftOut(column, cells[column].replace("\n", " "), why.value)

    def _reference(self, row, from_number):
        """Return where a result came from, and whether a spreadsheet held a number.

        A number cell keeps a double and no zeros at the end, so the record says that
        its decimals are the spreadsheet's (domain.md 3, assurance.md T-50).
        """
        said = f"{self.name[:80]}, row {row.number}"
        return f"{said}, number cell" if from_number else said


def _check_preparation(test, column):
    """Refuse a column of a preparation that the method of the test does not ask for."""
    if column.preparation > test.determinations:
        raise Refusal(
            "preparation",
            "The map says that this column holds preparation %(preparation)s of"
            " %(test)s, and its method asks for %(asked)s; correct the map, or have QA"
            " add a test with so many preparations.",
            preparation=column.preparation,
            test=test.name,
            asked=test.determinations,
        )


def _shows_another(is_number, taken, cell):
    """Return the refusal of a number cell that shows another text than its number."""
    told = {"taken": taken, "shown": cell.text, "number_format": cell.format}
    if cell.text is None:
        return Refusal(
            "shown-otherwise",
            "The cell holds %(taken)s, and its number format %(number_format)s shows"
            " another text; store what is meant as text, or give the cell the format"
            " General.",
            **told,
        )
    if not cell.text:
        return Refusal(
            "shown-otherwise",
            "The cell holds %(taken)s but shows nothing, because of its number format"
            " %(number_format)s; store what is meant as text, or give the cell the"
            " format General.",
            **told,
        )
    if is_number and number_format.is_zeros(cell.format):
        return Refusal(
            "shown-otherwise",
            "The cell holds %(taken)s but shows %(shown)s; store the number as text, or"
            " name the column under as_shown in the map, so that the zeros that it"
            " shows are taken.",
            **told,
        )
    return Refusal(
        "shown-otherwise",
        "The cell holds %(taken)s but shows %(shown)s; store what is meant as text, or"
        " give the cell the format General.",
        **told,
    )


@contextlib.contextmanager
def sample_as_mapped():
    """Let what is refused of a sample name the fact as the map does."""
    try:
        yield
    except Refusal as refusal:
        refusal.field = _IN_THE_MAP.get(refusal.field, refusal.field)
        raise


def _for_a_file(refusal):
    """Return the refusal with what is done in a file where that is another thing."""
    if refusal.code != "not-our-make":
        return refusal
    return Refusal(
        refusal.code,
        "%(manufacturer)s is not our own company, so give issuer_role (repacker,"
        " reprocessor or agent) and original_certificate_number as columns or"
        " constants. If it is our own company, have QA mark it so on its page.",
        field=refusal.field,
        manufacturer=refusal.params["manufacturer"],
    )


def _named(known, text, what, how):
    try:
        return known[text]
    except KeyError:
        raise Refusal(
            "unknown",
            "%(text)s is not a %(what)s that is set up here; give its %(how)s,"
            " exactly as its page shows it.",
            text=text or "(blank)",
            what=what,
            how=how,
        ) from None


def _date(text):
    if (found := dates.parse(text)) is not None:
        return found
    raise Refusal(
        "date",
        "%(text)s is not a date; type year-month-day, such as 2026-11-23.",
        text=text or "(blank)",
    )
