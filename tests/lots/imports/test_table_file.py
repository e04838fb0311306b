"""CSV and XLSX are read exactly or refused with the row; hostile ones stop early."""

import datetime
import io
import time
import tracemalloc
import warnings
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat

from lots.imports import table_file
from lots.imports.table_file import Row, Unreadable

HEAD = b"batch,water\n"


def patience():
    """Return how many seconds a file may take here: some on an ordinary machine."""
    started = time.process_time()
    for _ in range(1_000_000):
        pass
    return 600 * (time.process_time() - started)


def texts(content, **declared):
    return [row.texts for row in table_file.read(content, **declared).rows()]


def faults(content, **declared):
    """Return what is wrong in the rows: row, column, code and sentence."""
    return [
        (row.number, column, why.code, str(why))
        for row in table_file.read(content, **declared).rows()
        for column, why in row.faults
    ]


def refused(content, **declared):
    """Return the code and sentence with which reading the whole file is refused."""
    with pytest.raises(Unreadable) as caught:
        list(table_file.read(content, **declared).rows())
    return caught.value.code, str(caught.value)


def book(*rows, sheets=("Lots",)):
    """Return a workbook with these rows in its first sheet, as openpyxl writes it."""
    made = openpyxl.Workbook()
    made.active.title = sheets[0]
    for name in sheets[1:]:
        made.create_sheet(name)
    for row in rows:
        made.active.append(row)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def changed(content, *, member=None, old=b"", new=b"", add=(), drop=()):
    """Return the workbook with a part's bytes replaced, and parts added or dropped."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as after,
        warnings.catch_warnings(),
    ):
        # zipfile warns of the duplicate names that a test makes on purpose.
        warnings.simplefilter("ignore")
        for name in before.namelist():
            data = before.read(name)
            if name == member:
                assert old in data
                data = data.replace(old, new)
            if name not in drop:
                after.writestr(name, data)
        for name, data in add:
            after.writestr(name, data)
    return written.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("content", "declared", "expected"),
    [
        pytest.param(b"a,b\n1,2\n", {}, [("1", "2")], id="comma"),
        pytest.param(b"a;b\r\n1,5;2\r\n", {}, [("1,5", "2")], id="semicolon, CR LF"),
        pytest.param(b"a\tb\n1\t2", {}, [("1", "2")], id="tab, no last line end"),
        pytest.param(b"\xef\xbb\xbfa,b\n1,2\n", {}, [("1", "2")], id="BOM"),
        pytest.param(b"a\n1\n", {}, [("1",)], id="one column"),
        pytest.param(
            b'a,b\n"1,5","say ""so"""\n', {}, [("1,5", 'say "so"')], id="quotes"
        ),
        pytest.param(b'a,b\n1,""\n', {}, [("1", "")], id="quoted blank"),
        pytest.param(b"a,b\n 1 ,2\n", {}, [(" 1 ", "2")], id="nothing is trimmed"),
        pytest.param(b"a,b\n1,2\n,\n\n", {}, [("1", "2")], id="blank rows at the end"),
        pytest.param(
            b"a,x;b\n1,2\n", {"delimiter": ","}, [("1", "2")], id="declared delimiter"
        ),
        pytest.param(b'"a;x",b\n1,2\n', {}, [("1", "2")], id="delimiter in quotes"),
        pytest.param(
            b'"Water\n(KF)",b\r\n1,"see\r\npage ""4"""\r\n2,3\r\n',
            {},
            [("1", 'see\npage "4"'), ("2", "3")],
            id="line breaks inside quotes",
        ),
        pytest.param(
            "a,b\nŽagar,µg\n".encode(), {}, [("Žagar", "µg")], id="other letters"
        ),
    ],
)
def test_csv_is_read_as_it_stands(content, declared, expected):
    assert texts(content, **declared) == expected


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        pytest.param(b"", "empty", "The file is empty; choose it again.", id="empty"),
        pytest.param(
            b"\xef\xbb\xbf",
            "no-header",
            "The file has no row; the first row must be the header.",
            id="BOM alone",
        ),
        pytest.param(
            HEAD + b"1,1.5\n2,1\x00.6\n",
            "nul",
            "Row 3 has a NUL byte, so this is not text in UTF-8; save the file as CSV"
            " UTF-8 or as .xlsx.",
            id="NUL",
        ),
        pytest.param(
            "a,b\n1,2\n".encode("utf-16"),
            "nul",
            "Row 1 has a NUL byte, so this is not text in UTF-8; save the file as CSV"
            " UTF-8 or as .xlsx.",
            id="UTF-16",
        ),
        pytest.param(
            HEAD + "1,µ\n".encode("latin-1"),
            "encoding",
            "Row 2 is not text in UTF-8 (byte 0xB5); save the file as CSV UTF-8 or as"
            " .xlsx.",
            id="Latin-1",
        ),
        pytest.param(
            b"a,a\n1,2\n",
            "duplicate-header",
            "The header has the column a twice; rename or remove one.",
            id="duplicate header",
        ),
        pytest.param(
            b"a,\n1,2\n",
            "blank-header",
            "Column 2 has no name in the header; name it or remove it.",
            id="blank header",
        ),
        pytest.param(
            b"a;b,c\n1;2,3\n",
            "delimiter",
            "The header has more than one of comma, semicolon and tab, so the"
            " delimiter is not clear; give it in the map under [file].",
            id="two delimiters",
        ),
        pytest.param(
            b",".join(b"c%d" % place for place in range(201)) + b"\n",
            "columns",
            "The file has 201 columns, and at most 200 are read; remove those that the"
            " map does not name.",
            id="many columns",
        ),
        pytest.param(
            b"a\n" + b"1\n" * 20_001,
            "rows",
            "The file has more than 20000 rows; split it.",
            id="many rows",
        ),
        pytest.param(
            b"a\n" + b"1" * (10 * 1024 * 1024),
            "size",
            "The file has 10485762 bytes, and at most 10485760 are read; split it.",
            id="large",
        ),
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "old-excel",
            "This is an old or encrypted Excel file; save it as .xlsx without a"
            " password, or as CSV UTF-8.",
            id="XLS",
        ),
    ],
)
def test_csv_that_is_no_table_is_refused_with_its_row(content, code, sentence):
    assert refused(content) == (code, sentence)


QUOTES = (
    "The row has a quotation mark that is not closed or not doubled; inside a quoted"
    ' cell, write a quotation mark as "".'
)


def shown(code):
    return (
        f"The cell has the character {code}, which does not show in print; remove it."
    )


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        pytest.param(b'1,"1.5', ("", "quotes", QUOTES), id="open quote"),
        pytest.param(b'1,1.5"', ("", "quotes", QUOTES), id="quote inside"),
        pytest.param(b'1,"1.5"0', ("", "quotes", QUOTES), id="text after the quote"),
        pytest.param(
            b"2",
            (
                "",
                "ragged",
                "The row has 1 cells and the header has 2; correct the row.",
            ),
            id="too few cells",
        ),
        pytest.param(
            b"1,1,5",
            (
                "",
                "ragged",
                "The row has 3 cells and the header has 2; correct the row.",
            ),
            id="decimal comma",
        ),
        pytest.param(
            b"",
            (
                "",
                "blank-row",
                "The row is blank, but other rows follow it; delete it or fill it.",
            ),
            id="blank row between",
        ),
        pytest.param(
            "1,1\u200b.5".encode(),
            ("water", "character", shown("U+200B")),
            id="zero width",
        ),
        pytest.param(
            "1,\u202e5.1".encode(),
            ("water", "character", shown("U+202E")),
            id="right to left",
        ),
        pytest.param(b"1,1\r5", ("water", "character", shown("U+000D")), id="lone CR"),
        pytest.param(
            b"1,\x1b[31m1.5",
            ("water", "character", shown("U+001B")),
            id="terminal escape",
        ),
        pytest.param(
            "1\u00a0,1.5".encode(),
            ("batch", "character", shown("U+00A0")),
            id="no-break space",
        ),
        pytest.param(
            b"1," + b"9" * 401,
            (
                "water",
                "long-cell",
                "The cell has 401 characters, and at most 400 are read; shorten it.",
            ),
            id="long cell",
        ),
    ],
)
def test_a_row_that_is_not_plain_says_so_and_hides_no_other(rows, fault):
    content = HEAD + b"A,0.1\n" + rows + b"\nB,0.2\n"

    assert faults(content) == [(3, *fault)]
    assert [texts(content)[place] for place in (0, 2)] == [("A", "0.1"), ("B", "0.2")]


def test_a_line_break_in_a_name_of_the_header_is_a_space():
    for content in (
        b'"Water\n(KF)","b\r\nc"\n1,2\n',
        book(["Water\n(KF)", "b\nc"], ["1", "2"]),
    ):
        assert table_file.read(content).header == ("Water (KF)", "b c")


def test_a_quotation_mark_left_open_hides_no_row_that_follows():
    content = HEAD + b'A,"0.1\nB,0.2\nC,0.3\n' + b"D,0.4\n" * 60

    assert faults(content) == [(2, "", "quotes", QUOTES)]
    assert texts(content)[:3] == [(), ("B", "0.2"), ("C", "0.3")]


def test_rows_with_line_breaks_are_counted_as_a_spreadsheet_counts_them():
    content = HEAD + b'A,"0.1\n0.2"\nB\n'

    assert [(row, code) for row, _, code, _ in faults(content)] == [(3, "ragged")]


def test_each_blank_row_between_others_is_at_fault():
    content = HEAD + b"1,0.1\n\n,\n2,0.2\n\n"

    assert [(row, code) for row, _, code, _ in faults(content)] == [
        (3, "blank-row"),
        (4, "blank-row"),
    ]


def test_what_cannot_be_read_is_blank_and_the_rest_of_its_row_is_read():
    content = HEAD + b"1,0\t5\n"

    [row] = table_file.read(content).rows()

    assert (row.texts, [column for column, _ in row.faults]) == (("1", ""), ["water"])


def test_xlsx_is_read_as_text_and_number_cells_are_marked():
    content = book(
        ["batch", "water", "content", "made"],
        ["B-1", 1.53, "94.50", datetime.date(2026, 2, 3)],
        ["B-2", 94.0, None, datetime.datetime(2026, 2, 4)],  # noqa: DTZ001 - a cell's
    )

    rows = list(table_file.read(content).rows())

    assert rows == [
        Row(2, ("B-1", "1.53", "94.50", "2026-02-03"), frozenset({1}), frozenset({3})),
        Row(3, ("B-2", "94", "", "2026-02-04"), frozenset({1}), frozenset({3})),
    ]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.1 + 0.2, "0.30000000000000004"),
        (1e-05, "0.00001"),
        (1e14, "100000000000000"),
        (-0.0, "0"),
        (1.10, "1.1"),
    ],
)
def test_a_number_cell_is_the_shortest_decimal_of_its_double(number, text):
    content = changed(
        book(["a"], [7]),
        member=SHEET,
        old=b"<v>7</v>",
        new=f"<v>{number!r}</v>".encode(),
    )

    assert texts(content) == [(text,)]


def test_a_formula_is_refused_by_its_cell():
    assert refused(book(["a"], ["=1+1"])) == (
        "not-plain",
        "Cell A2 holds a formula; put the value itself there.",
    )


@pytest.mark.parametrize(
    ("value", "code", "sentence"),
    [
        (
            True,
            "not-plain",
            "The cell holds a true/false value; put the value itself there.",
        ),
        ("#N/A", "not-plain", "The cell holds an error; put the value itself there."),
        (
            10**15,
            "number-cell",
            "The cell holds a number with more digits than a number cell keeps; store"
            " it as text.",
        ),
        (
            1.25e-30,
            "number-cell",
            "The cell holds the number 0.00000000000000000000000000000125, which is too"
            " long for a reported value; store it as text.",
        ),
        (
            datetime.time(8, 30),
            "time-cell",
            "The cell holds a time of day; give dates only, such as 2026-11-23.",
        ),
    ],
    ids=["boolean", "error", "long number", "tiny number", "time"],
)
def test_a_cell_that_is_no_plain_value_says_so_and_hides_no_other(
    value, code, sentence
):
    content = book(["a", "b"], [1, value], [2, "x"])

    assert faults(content) == [(2, "b", code, sentence)]
    assert texts(content) == [("1", ""), ("2", "x")]


def test_a_cell_of_the_header_that_is_no_plain_value_refuses_the_file():
    assert refused(book(["a", True], ["1", "2"])) == (
        "not-plain",
        "Row 1, column 2: The cell holds a true/false value; put the value itself"
        " there.",
    )


def test_a_cell_beyond_the_header_is_not_lost_for_being_no_plain_value():
    assert [code for *_, code, _ in faults(book(["a"], ["1", True]))] == ["ragged"]


def test_xlsx_with_several_sheets_needs_the_one_that_the_map_names():
    content = book(["a"], ["1"], sheets=("Lots", "Notes"))

    assert refused(content) == (
        "sheets",
        "The workbook has 2 sheets (Lots, Notes); name one of them as sheet under"
        " [file] in the map.",
    )
    assert refused(content, sheet="Batches")[0] == "no-sheet"
    assert texts(content, sheet="Lots") == [("1",)]


def test_a_formula_in_another_sheet_is_no_matter():
    made = openpyxl.load_workbook(
        io.BytesIO(book(["a"], ["1"], sheets=("Lots", "Sum")))
    )
    made["Sum"].append(["=SUM(1,2)"])
    written = io.BytesIO()
    made.save(written)

    assert texts(written.getvalue(), sheet="Lots") == [("1",)]
    assert refused(written.getvalue(), sheet="Sum")[0] == "not-plain"


def sharing(place):
    """Return BOOK with a text that is shared, which cell B2 names by this place."""
    content = changed(
        BOOK,
        member="xl/_rels/workbook.xml.rels",
        old=b"</Relationships>",
        new=b'<Relationship Id="rId9" Target="sharedStrings.xml" Type="http://schemas.'
        b'openxmlformats.org/officeDocument/2006/relationships/sharedStrings"/>'
        b"</Relationships>",
        add=[
            (
                "xl/sharedStrings.xml",
                b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
                b' count="1" uniqueCount="1"><si><r><t>94</t></r><r><t>.50</t></r></si>'
                b"</sst>",
            )
        ],
    )
    content = changed(
        content,
        member="[Content_Types].xml",
        old=b"</Types>",
        new=b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.'
        b'openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>',
    )
    return changed(
        content,
        member=SHEET,
        old=b't="inlineStr"><is><t>2</t></is>',
        new=b't="s"><v>%s</v>' % place,
    )


def test_shared_texts_are_read_as_spreadsheet_programs_write_them():
    assert texts(sharing(b"0")) == [("1", "94.50"), ("3", "4")]


@pytest.mark.parametrize("place", [b"-1", b"+0", b"0.0", b"1"])
def test_place_of_no_shared_text_is_refused(place):
    """Python's lists take -1 for the last one."""
    assert refused(sharing(place))[0] == "broken"


def test_runs_of_a_text_are_one_text_without_its_phonetics():
    content = changed(
        book(["a"], [7]),
        member=SHEET,
        old=b'<c r="A2" t="n"><v>7</v></c>',
        new=b'<c r="A2" t="inlineStr"><is><r><t>B-</t></r><r><t>1</t></r>'
        b'<rPh sb="0" eb="1"><t>x</t></rPh></is></c>',
    )

    assert texts(content) == [("B-1",)]


def test_a_lying_dimension_hides_no_row():
    content = book(["a"], *([str(number)] for number in range(500)))
    lying = changed(
        content,
        member=SHEET,
        old=b'<dimension ref="A1:A501"',
        new=b'<dimension ref="A1"',
    )

    assert texts(lying) == [(str(number),) for number in range(500)]


@pytest.mark.parametrize("text", ["B-1_x000D_", "_x000a_B-1", "B_x005F_x0041_"])
def test_text_that_a_workbook_writes_for_a_hidden_character_is_refused(text):
    """A carriage return behind a lot number would become a part of the number."""
    [(row, column, code, _said)] = faults(book(["lot", "a"], [text, "1"]))

    assert (row, column, code) == (2, "lot", "escaped")


BOOK = book(["a", "b"], ["1", "2"], ["3", "4"])
DOCTYPE = b'<!DOCTYPE x [<!ENTITY e "ha"><!ENTITY f "&e;&e;&e;&e;">]>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(BOOK[: len(BOOK) // 2], "broken", id="cut in two"),
        pytest.param(b"PK\x03\x04 and no more", "broken", id="no zip"),
        pytest.param(
            changed(
                book(["lot", "a"], ["B-1", 7]),
                member="xl/worksheets/sheet1.xml",
                old=b'<c r="B2" ',
                new=b'<c r="B2" s="9999" ',
            ),
            "broken",
            id="style that is not there",
        ),
        pytest.param(
            changed(BOOK, member=SHEET, old=b"<sheetData>", new=b"<sheetDat>"),
            "broken",
            id="not well-formed",
        ),
        pytest.param(
            changed(BOOK, member=SHEET, old=b"<worksheet", new=DOCTYPE + b"<worksheet"),
            "broken",
            id="DTD in the sheet",
        ),
        pytest.param(
            changed(
                BOOK,
                member="xl/workbook.xml",
                old=b"<workbook",
                new=b'<!DOCTYPE w SYSTEM "http://127.0.0.1:9/x.dtd"><workbook',
            ),
            "broken",
            id="external DTD",
        ),
        pytest.param(
            changed(
                BOOK,
                add=[
                    (
                        "xl/more.xml",
                        (
                            "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE x><x/>"
                        ).encode("utf-16"),
                    )
                ],
            ),
            "broken",
            id="DTD in UTF-16",
        ),
        pytest.param(
            changed(BOOK, member=SHEET, old=b'r="A3"', new=b'r="A2"'),
            "broken",
            id="cell in another row",
        ),
        pytest.param(
            changed(BOOK, member=SHEET, old=b'r="B2"', new=b'r="A2"'),
            "broken",
            id="duplicate cell",
        ),
        pytest.param(
            changed(BOOK, member=SHEET, old=b'<row r="3"', new=b'<row r="2"'),
            "broken",
            id="duplicate row",
        ),
        pytest.param(
            changed(BOOK, add=[("xl/worksheets/sheet1.xml", b"<worksheet/>")]),
            "broken",
            id="two parts of one name",
        ),
        pytest.param(
            changed(BOOK, add=[("XL/Styles.XML", b"<styleSheet/>")]),
            "broken",
            id="two parts that differ in case",
        ),
        pytest.param(
            changed(BOOK, add=[("../../evil.xml", b"<x/>")]), "broken", id="path"
        ),
        pytest.param(
            changed(BOOK, add=[("xl/vbaProject.bin", b"\xd0\xcf")]),
            "active",
            id="macro",
        ),
        pytest.param(
            changed(BOOK, add=[("xl/externalLinks/externalLink1.xml", b"<x/>")]),
            "active",
            id="external link",
        ),
        pytest.param(
            changed(BOOK, add=[("xl/embeddings/oleObject1.bin", b"\xd0\xcf")]),
            "active",
            id="embedded file",
        ),
        pytest.param(
            changed(BOOK, add=[(f"xl/media/{n}.png", b"") for n in range(200)]),
            "too-large",
            id="many parts",
        ),
        pytest.param(
            changed(BOOK, add=[("xl/media/zeros.png", bytes(51 * 1024 * 1024))]),
            "too-large",
            id="bomb",
        ),
        pytest.param(
            changed(BOOK, add=[("xl/x.xml", b"<x>" * 100 + b"</x>" * 100)]),
            "too-large",
            id="deep",
        ),
        pytest.param(
            changed(BOOK, add=[("xl/x.xml", b"<x>" + b"<y/>" * 60_000 + b"</x>")]),
            "too-large",
            id="many elements",
        ),
        pytest.param(
            changed(
                BOOK,
                member=SHEET,
                old=b"</sheetData>",
                new=b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
                b"</sheetData>",
            ),
            "rows",
            id="one cell far away",
        ),
        pytest.param(
            changed(
                BOOK,
                member=SHEET,
                old=b"</sheetData>",
                new=b'</sheetData><mergeCells count="1"><mergeCell ref="A2:A3"/>'
                b"</mergeCells>",
            ),
            "merged",
            id="merged cells",
        ),
        pytest.param(
            changed(
                BOOK,
                member=SHEET,
                old=b"<sheetData>",
                new=b'<sheetData a="' + b"x" * 20_000_000 + b'">',
            ),
            "too-large",
            id="one attribute of 20 MB",
        ),
        pytest.param(
            changed(
                BOOK,
                member=SHEET,
                old=b"<sheetData>",
                new=b"<cols>"
                + b'<col min="1" max="2"/>' * 60_000
                + b"</cols><sheetData>",
            ),
            "too-large",
            id="many columns told",
        ),
        pytest.param(
            changed(
                BOOK,
                member="[Content_Types].xml",
                old=b"vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                new=b"vnd.ms-excel.sheet.macroEnabled.main+xml",
            ),
            "active",
            id="macros by its type alone",
        ),
        pytest.param(
            changed(
                BOOK, member=SHEET, old=b'<row r="2"', new=b'<row r="2" hidden="1"'
            ),
            "hidden",
            id="hidden row",
        ),
        pytest.param(
            changed(
                BOOK,
                member=SHEET,
                old=b"<sheetData>",
                new=b'<cols><col min="2" max="2" hidden="true"/></cols><sheetData>',
            ),
            "hidden",
            id="hidden column",
        ),
        pytest.param(
            changed(BOOK, member=SHEET, old=b'<row r="2"', new=b'<row r="2" ht="0"'),
            "hidden",
            id="row without height",
        ),
        pytest.param(
            changed(
                BOOK,
                member=SHEET,
                old=b"<sheetData>",
                new=b'<cols><col min="2" max="2" width="0.0"/></cols><sheetData>',
            ),
            "hidden",
            id="column without width",
        ),
        pytest.param(
            changed(
                BOOK, member=SHEET, old=b"<sheetView ", new=b'<sheetView showZeros="0" '
            ),
            "zeros-hidden",
            id="zeros that are not shown",
        ),
        pytest.param(
            changed(BOOK, member=SHEET, old=b'<c r="B2"', new=b'<c r="B2" t="n"'),
            "broken",
            id="attribute twice",
        ),
        *(
            pytest.param(
                changed(
                    book(["a"], [7]),
                    member=SHEET,
                    old=b'<c r="A2" t="n"><v>7</v></c>',
                    new=new,
                ),
                "broken",
                id=id,
            )
            for id, new in (
                ("two values", b'<c r="A2"><v>7</v><v>9</v></c>'),
                (
                    "two texts",
                    b'<c r="A2" t="inlineStr"><is><t>7</t></is><is><t>9</t></is></c>',
                ),
                (
                    "two texts in one",
                    b'<c r="A2" t="inlineStr"><is><t>7</t><t>9</t></is></c>',
                ),
                ("a text that is called a number", b'<c r="A2"><is><t>7</t></is></c>'),
                (
                    "a number that is called a text",
                    b'<c r="A2" t="inlineStr"><v>7</v></c>',
                ),
                (
                    "a text and a value",
                    b'<c r="A2" t="inlineStr"><is><t>7</t></is><v>9</v></c>',
                ),
                (
                    "a text of a formula twice",
                    b'<c r="A2" t="str"><v>7</v><v>9</v></c>',
                ),
                ("style -1", b'<c r="A2" s="-1"><v>7</v></c>'),
                ("style +0", b'<c r="A2" s="+0"><v>7</v></c>'),
                ("style 99", b'<c r="A2" s="99"><v>7</v></c>'),
            )
        ),
        pytest.param(
            changed(
                book(["a"], [7]),
                member=SHEET,
                old=b'<c r="A2" t="n"><v>7</v></c>',
                new=b'<c r="A2" t="s"><v>7</v></c>',
            ),
            "broken",
            id="no such shared text",
        ),
        pytest.param(
            changed(BOOK, drop=["[Content_Types].xml"]), "broken", id="no content types"
        ),
        pytest.param(
            changed(
                BOOK,
                member="xl/_rels/workbook.xml.rels",
                old=b"worksheets/sheet1.xml",
                new=b"styles.xml",
            ),
            "broken",
            id="a sheet that is none",
        ),
    ],
)
def test_a_hostile_workbook_is_refused_early(content, code):
    started = time.process_time()

    found, _sentence = refused(content)

    assert (found, time.process_time() - started < patience()) == (code, True)


def test_conditional_format_of_numbers_is_refused_and_of_colours_is_not():
    def conditional(**format):
        made = openpyxl.Workbook()
        made.active.append(["a"])
        made.active.append([220])
        style = DifferentialStyle(**format)
        rule = Rule(type="cellIs", operator="greaterThan", dxf=style, formula=["200"])
        made.active.conditional_formatting.add("A2:A9", rule)
        written = io.BytesIO()
        made.save(written)
        return written.getvalue()

    assert refused(conditional(numFmt=NumberFormat(200, '">"0')))[0] == (
        "conditional-format"
    )
    assert texts(conditional(font=Font(bold=True))) == [("220",)]


@pytest.mark.parametrize("number", ["9_4", "\u0669", "NaN", "1e", "0x10", "9" * 401])
def test_a_number_cell_holds_a_number_in_plain_digits(number):
    content = changed(
        book(["a"], [7]),
        member=SHEET,
        old=b"<v>7</v>",
        new=f"<v>{number}</v>".encode(),
    )

    assert refused(content) == (
        "broken",
        "The workbook cannot be read (cell A2 holds no number); open it in a"
        " spreadsheet program, save it again as .xlsx, or save it as CSV UTF-8.",
    )


def test_a_cell_far_to_the_right_is_at_fault_early():
    content = changed(BOOK, member=SHEET, old=b'<c r="B3"', new=b'<c r="XFD3"')
    started = time.process_time()

    found = [(row, code) for row, _, code, _ in faults(content)]

    assert (found, time.process_time() - started < patience()) == (
        [(3, "ragged")],
        True,
    )


def test_a_cell_shown_in_percent_is_at_fault():
    made = openpyxl.Workbook()
    made.active.append(["a"])
    made.active.append([0.944])
    made.active["A2"].number_format = "0.0%"
    written = io.BytesIO()
    made.save(written)

    assert faults(written.getvalue()) == [
        (
            2,
            "a",
            "percent-cell",
            "The cell is shown in percent but holds 0.944; store the value as text, as"
            " it is reported.",
        )
    ]


def test_hidden_columns_beyond_the_table_are_no_matter():
    content = changed(
        BOOK,
        member=SHEET,
        old=b"<sheetData>",
        new=b'<cols><col min="3" max="16384" hidden="1"/></cols><sheetData>',
    )

    assert texts(content) == [("1", "2"), ("3", "4")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b'"' * 4_000_000,
            "Row 1, column 1: The cell has 1999999 characters, and at most 400 are"
            " read; shorten it.",
        ),
        (
            HEAD + b'"' * 3_999_999,
            QUOTES,
        ),
        (
            HEAD + b"," * 4_000_000,
            "Row 2 has 4000001 cells, and at most 200 are read; remove the columns"
            " that the map does not name.",
        ),
    ],
    ids=["quotes in the header", "open quotes", "commas"],
)
def test_a_line_of_millions_of_marks_takes_little_memory(content, sentence):
    tracemalloc.start()
    try:
        try:
            [(*_, said)] = faults(content)
        except Unreadable as why:
            said = str(why)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (said, most < 12 * len(content)) == (sentence, True)


def test_two_million_rows_in_a_small_file_are_refused_early():
    rows = b"".join(b"<row><c><v>1</v></c></row>" for _ in range(700_000))
    content = changed(
        BOOK, member=SHEET, old=b"</sheetData>", new=rows + b"</sheetData>"
    )
    started = time.process_time()

    found, _sentence = refused(content)

    assert (found, time.process_time() - started < patience()) == ("too-large", True)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content):
    try:
        for row in table_file.read(content).rows():
            assert all(text.isprintable() for text in row.texts)
    except Unreadable:
        pass


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.integers(0, len(BOOK) - 1))
def test_a_workbook_with_altered_bytes_is_read_or_refused(piece, place):
    content = BOOK[:place] + piece + BOOK[place + len(piece) :]
    try:
        for row in table_file.read(content).rows():
            assert all(text.isprintable() for text in row.texts)
    except Unreadable:
        pass


def test_rows_can_be_read_twice():
    for content in (b"a,b\n1,2\n3,4\n", BOOK):
        table = table_file.read(content)

        assert list(table.rows()) == list(table.rows())
