"""The certificate as PDF: what is extracted from it, how it is paged, what it refuses.

Asserts on text that poppler reads back (pdftotext, pdffonts, pdftoppm) and on the code
that zbarimg decodes, never on our own operators.
"""

import hashlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from lots.rules.refusal import Refusal
from reports.content.certificate import Footnote, Group, digest, texts
from reports.pdf import Unprintable, render
from reports.pdf.fonts import regular
from reports.pdf.measure import wrap
from tests.reports import contents

pytestmark = pytest.mark.poppler

ROOT = Path(__file__).parents[3]

# Codes of the content that choose a word or a mark and are not printed themselves.
CODES = re.compile(r"series|use\.code|issuer\.role|lot\.arising|shelf\.kind|.*\.step")


def tool(*command: str, given: bytes = b"") -> bytes:
    """Run a tool of poppler or zbar."""
    return subprocess.run(command, input=given, capture_output=True, check=True).stdout


def extracted(pdf: bytes, *options: str) -> str:
    return tool("pdftotext", *options, "-", "-", given=pdf).decode()


def pages(pdf: bytes) -> list[str]:
    return extracted(pdf, "-raw").split("\f")[:-1]


def packed(text: str) -> str:
    """Return the text without white space, which is all that a line break changes."""
    return "".join(text.split())


# -- the words ------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["A4", "Letter"])
@pytest.mark.parametrize(
    "make",
    [contents.intrathecal, contents.oral, contents.agent, contents.sixty],
    ids=lambda make: make.__name__,
)
def test_every_stored_text_is_extracted_as_stored(make, page):
    content = make()

    found = packed(extracted(render(content, page=page), "-raw"))

    superscript = {"10^1": "10¹", "10^2": "10²"}
    lost = {
        path: text
        for path, text in texts(content)
        if packed(superscript.get(text, text)) not in found
        and not CODES.fullmatch(path)
    }
    assert lost == {}


@pytest.mark.parametrize(
    "text",
    [
        "A&B",
        "<LOQ",
        "<b>bold</b>",
        "&lt;&amp;",
        "\\(x) Tj ET",
        "(((",
        "%PDF-1.7",
        "µ ≤ ≥ – ° ± × ‰ ½",
        "Łukasz Žďár Ærø ß",
        "宁波示例制药有限公司",
        "25 °C、避光，密闭（干燥处）",
        "10^3 CFU/g",
        "x" * 200,
    ],
    ids=str,
)
def test_text_is_printed_as_it_is_and_never_as_markup(text):
    content = replace(
        contents.oral(),
        storage=text,
        manufacturer=replace(contents.MANUFACTURER, name=text),
    )

    found = packed(extracted(render(content), "-raw"))

    assert found.count(packed(text)) == 2
    assert not re.search(rb"/URI|/JS|/JavaScript|/Launch|/OpenAction", render(content))


OPENERS = (
    "<b>",
    "<para>",
    '<a href="https://x.test/">',
    "&amp;",
    "&#60;",
    "(",
    "\\(",
    "]]>",
)
INSIDES = (
    "/URI (x)",
    "%%EOF",
    "endstream",
    "{{ x }}",
    "%(x)s",
    "<script>",
    "=1+1",
    "'--",
)
PAYLOADS = [f"{opener}{inside}" for opener in OPENERS for inside in INSIDES][:60]


def test_sixty_payloads_are_extracted_as_they_were_stored():
    filler = contents.TWENTY[3].lines[0]
    lines = tuple(replace(filler, test=payload, notes=()) for payload in PAYLOADS)
    content = replace(contents.oral(), groups=(Group(heading="Payloads", lines=lines),))

    pdf = render(content)

    found = packed(extracted(pdf, "-raw"))
    assert [each for each in PAYLOADS if f"{packed(each)}USP<921>" not in found] == []
    annotations = tool("pdfinfo", "-url", "-", given=pdf).decode().splitlines()[1:]
    assert annotations == []


def test_reading_order_is_that_of_the_page():
    content = contents.agent()

    found = packed(extracted(render(content), "-raw"))

    marks = [
        content.issuer.name,
        content.title,
        content.use.headline,
        content.use.caution,
        content.lot.number,
        content.manufacturer.name,
        content.dates.issued,
        content.remarks[0],
        "Acceptance criterion",
        *(group.heading for group in content.groups[:-1]),
        content.rounding,
        content.footnotes[0].text,
        content.laboratories[0].name,
        content.conclusion,
        content.deviations,
        *(each.text for each in content.statements),
        *(each.name for each in content.signatures),
        content.check.address,
        digest(content)[:16],
        "Supersedes COA-2026-000203 revision 0, because",
        "End of certificate",
    ]
    assert re.search(".*".join(re.escape(packed(mark)) for mark in marks), found)


@pytest.mark.parametrize(
    "row",
    [
        "Impurity A (lactam) USP, HPLC NMT 0.15 0.04 % Complies",
        "Assay, anhydrous basis USP, HPLC 98.0–101.0 99.8 % Complies",
        "Toluene USP <467>, GC NMT 890 <20 ppm (LOQ 20) Complies",
        "Total aerobic microbial count USP <61> 10² <10 CFU/g (LOQ 10) Complies",
        "Escherichia coli USP <62> Absent in 1 g Absent in 1 g Complies",
        "Retest date 2029-01-16",
    ],
    ids=lambda row: row.split()[0],
)
def test_row_reads_across_with_its_unit_once(row):
    found = extracted(render(contents.intrathecal()), "-layout")

    assert row in " ".join(found.split())


def test_decimal_points_stand_in_one_column():
    layout = tool(
        "pdftotext", "-bbox", "-", "-", given=render(contents.intrathecal())
    ).decode()

    words = re.findall(r'xMin="([\d.]+)".*?xMax="([\d.]+)".*?>([^<]*)</word>', layout)
    ends = {
        text: float(right) - after
        for _, right, text in words
        # The width of a point and of a figure of Source Sans 3 at 8.5 pt.
        for after in [(text[::-1].find(".") * 0.497 + 0.249) * 8.5]
        if text in ("99.8", "0.04", "0.09", "0.12", "0.3")
    }
    assert len(ends) == 5
    assert max(ends.values()) - min(ends.values()) < 0.05


@pytest.mark.parametrize(
    ("kind", "label", "other"),
    [
        ("retest", "Retest date", "Expiry date"),
        ("expiry", "Expiry date", "Retest date"),
    ],
    ids=["retest", "expiry"],
)
def test_shelf_date_is_named_by_its_kind(kind, label, other):
    content = contents.oral()
    content = replace(content, shelf=replace(content.shelf, kind=kind))

    found = extracted(render(content))

    assert (label in found, other in found, "Exp." in found) == (True, False, False)


def test_two_uses_differ_in_words_and_in_mark():
    dark, light = contents.intrathecal(), contents.oral()
    # The same content but for the code, so that only mark and tone can differ.
    swapped = replace(dark, use=replace(dark.use, code="oral"))

    assert dark.use.headline in extracted(render(dark))
    assert light.use.headline in extracted(render(light))
    assert _darkness(render(dark)) > 120 > _darkness(render(swapped))


def _darkness(pdf: bytes) -> float:
    """Return how dark the use band is on a grey copy: 0 is white, 255 black."""
    band = ("-x", "90", "-y", "80", "-W", "450", "-H", "26", "-r", "72")
    image = tool("pdftoppm", "-gray", *band, "-", given=pdf)
    pixels = image[-450 * 26 :]
    return 255 - sum(pixels) / len(pixels)


# -- copies that are not the certificate ----------------------------------------------


def test_training_copy_says_so_in_the_band_and_behind_the_text():
    content = replace(contents.sixty(), training=True, number="TRN-2026-000001")

    found = pages(render(content))

    assert "TRAINING COPY. Invented data, not valid for any lot." in found[0]
    assert [packed(page)[:8] for page in found] == ["TRAINING"] * 3


def test_preview_says_so_and_carries_no_number_and_no_way_to_check():
    content = contents.oral()

    found = extracted(render(content, preview=True), "-raw")

    assert packed(found).startswith("PREVIEW")
    assert "PREVIEW. Not issued, not valid; the number is given at issue." in found
    assert found.count("Not numbered") == 2
    for absent in (content.number, content.check.address, "digest"):
        assert absent not in found


def test_preview_of_an_unfinished_content_is_drawn():
    content = replace(
        contents.oral(), groups=(), signatures=(), conclusion="", deviations=""
    )

    assert "Not numbered" in extracted(render(content, preview=True))


def test_certificate_has_no_watermark():
    found = extracted(render(contents.oral()))

    assert re.search("TRAINING|PREVIEW", found) is None


# -- the file -------------------------------------------------------------------------


def test_same_content_gives_same_bytes_in_two_processes():
    code = (
        "import hashlib, sys; from reports.pdf import render; "
        "from tests.reports import contents; "
        "print(hashlib.sha256(render(contents.agent())).hexdigest())"
    )

    elsewhere = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout.strip()
        for seed, zone in (("1", "UTC"), ("2", "Asia/Shanghai"))
    }

    assert elsewhere == {hashlib.sha256(render(contents.agent())).hexdigest()}


def test_bytes_do_not_depend_on_what_was_drawn_before():
    first = render(contents.oral())
    render(contents.agent())
    render(contents.sixty(), page="Letter", preview=True)

    assert render(contents.oral()) == first


def test_threads_draw_the_bytes_that_one_draws():
    makers = [contents.agent, contents.oral, contents.sixty, contents.intrathecal] * 3
    alone = [render(make()) for make in makers]

    with ThreadPoolExecutor(max_workers=4) as threads:
        together = list(threads.map(lambda make: render(make()), makers))

    assert together == alone


def test_other_content_gives_another_file_id():
    def file_id(content):
        return re.search(rb"/ID\s*\[<(\w+)><\1>\]", render(content))[1].decode()

    assert file_id(contents.oral()) == digest(contents.oral())[:32]
    assert file_id(contents.oral()) != file_id(contents.intrathecal())


def test_dates_of_the_file_are_those_of_the_content():
    found = tool("pdfinfo", "-rawdates", "-", given=render(contents.oral())).decode()

    facts = dict(re.findall(r"^(\w+): +(.*)$", found, re.MULTILINE))
    assert {
        key: facts[key] for key in ("Title", "Author", "CreationDate", "ModDate")
    } == {
        "Title": "Certificate of Analysis COA-2026-000118",
        "Author": "Example Pharma Supply Co., Ltd.",
        "CreationDate": "D:20260202160500+08'00'",
        "ModDate": "D:20260202160500+08'00'",
    }


@pytest.mark.parametrize(
    ("make", "faces"),
    [
        (contents.oral, {"SourceSans3"}),
        (contents.agent, {"SourceSans3", "NotoSansSC"}),
    ],
    ids=["latin", "han"],
)
def test_every_font_is_embedded(make, faces, tmp_path):
    file = tmp_path / "certificate.pdf"
    file.write_bytes(render(make()))

    rows = tool("pdffonts", str(file)).decode().splitlines()[2:]

    assert {re.search(r"\+([A-Za-z0-9]+)", row)[1] for row in rows} == faces
    assert {tuple(row.split()[-5:-2]) for row in rows} == {("yes", "yes", "yes")}


def test_code_is_read_as_the_check_address(tmp_path):
    content = contents.intrathecal()
    image = tmp_path / "page.png"
    image.write_bytes(tool("pdftoppm", "-r", "150", "-png", "-", given=render(content)))

    found = tool("zbarimg", "--quiet", "--raw", str(image)).decode().strip()

    assert found == content.check.address


# -- pages ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make", [contents.intrathecal, contents.oral], ids=lambda make: make.__name__
)
def test_twenty_tests_are_one_page(make):
    content = make()

    found = pages(render(content))

    assert sum(len(group.lines) for group in content.groups) == 20
    assert len(found) == 1
    assert "Page 1 of 1" in found[0]


def test_sixty_tests_are_three_pages_that_repeat_their_headings():
    content = contents.sixty()

    found = pages(render(content))

    assert sum(len(group.lines) for group in content.groups) == 60
    assert len(found) == 3
    head = "Test Method Acceptance criterion Result Verdict\n"
    running = (
        "Certificate of Analysis COA-2026-000300 · Lot BI-2601-17 "
        "FOR THE MANUFACTURE OF INTRATHECAL INJECTIONS\n"
    )
    for number, page in enumerate(found, start=1):
        assert head in page
        assert page.rstrip().endswith(
            f"COA-2026-000300 · Revision 0 Page {number} of 3"
        )
    opened_with = [
        page.removeprefix(running + head).split("\n")[0].partition(" of ")
        for page in found[1:]
    ]
    # The second page goes on in a group, the third begins with one.
    rest = "the drug substance and its intermediates"
    assert [(first, last) for first, _, last in opened_with] == [
        ("Chiral impurities", f"{rest} (continued)"),
        ("Physical properties", rest),
    ]


@pytest.mark.parametrize("count", range(18, 46))
def test_no_heading_is_left_alone_and_the_end_stays_together(count):
    filler = contents.TWENTY[3].lines[0]
    content = replace(
        contents.intrathecal(),
        groups=tuple(
            Group(
                heading=f"Heading {number}",
                lines=tuple(
                    replace(filler, test=f"Test {number}.{line}", notes=())
                    for line in range(min(3, count - number))
                ),
            )
            for number in range(0, count, 3)
        ),
    )

    found = pages(render(content))

    for page in found:
        body = page.split("COA-2026-000117 · Revision 0 Page")[0].split("\n")
        assert not body[-2].startswith("Heading")
        # What stands under the table has at least one line of it above.
        if content.rounding in page:
            assert page.index("Complies") < page.index(content.rounding)
    assert content.conclusion in found[-1]
    assert "End of certificate" in found[-1]


def test_statements_longer_than_a_page_flow_over_pages():
    long = replace(contents.STATEMENTS[0], text="None of class 1 is likely. " * 900)
    content = replace(contents.oral(), statements=(long,))

    found = pages(render(content))

    running = (
        f"Certificate of Analysis {content.number} · Lot {content.lot.number} "
        f"{content.use.headline}\n"
    )
    flow = packed(
        "".join(
            re.sub(r"COA-\S+ · Revision 0 Page \d of \d", "", page).removeprefix(
                running
            )
            for page in found
        )
    )
    assert len(found) == 4
    assert packed(long.text) in flow


def test_line_longer_than_a_page_is_refused():
    filler = contents.TWENTY[3].lines[0]
    line = replace(filler, criterion="White or almost white powder " * 300)
    content = replace(
        contents.oral(), groups=(Group(heading="Description", lines=(line,)),)
    )

    with pytest.raises(Refusal) as refused:
        render(content)

    assert refused.value.code == "certificate_too_long"
    assert str(refused.value) == (
        "“Water…” is too long for one page of the certificate; shorten it."
    )


# -- what cannot be printed -----------------------------------------------------------


@pytest.mark.parametrize(
    ("character", "code_point", "name"),
    [
        ("\u202e", "U+202E", "RIGHT-TO-LEFT OVERRIDE"),
        ("\u200b", "U+200B", "ZERO WIDTH SPACE"),
        ("\u00ad", "U+00AD", "SOFT HYPHEN"),
        ("\n", "U+000A", "a character without a name"),
        ("\t", "U+0009", "a character without a name"),
        ("\u0301", "U+0301", "COMBINING ACUTE ACCENT"),
        ("\u05d0", "U+05D0", "HEBREW LETTER ALEF"),
        ("\U00020bb7", "U+20BB7", "CJK UNIFIED IDEOGRAPH-20BB7"),
        ("\U0001f600", "U+1F600", "GRINNING FACE"),
        ("\ue000", "U+E000", "a character without a name"),
        ("\u2028", "U+2028", "LINE SEPARATOR"),
    ],
    ids=lambda value: value if value.startswith("U+") else "",
)
def test_character_without_a_glyph_is_refused_by_its_code_point(
    character, code_point, name
):
    content = contents.oral()
    content = replace(content, lot=replace(content.lot, own_number=f"A{character}1"))

    with pytest.raises(Unprintable) as refused:
        render(content)

    assert refused.value.field == "lot.own_number"
    assert str(refused.value) == (
        f"The certificate cannot print {code_point} ({name}) in “A[{code_point}]1” "
        "(lot.own_number); write it with characters that its fonts have."
    )


# -- what a column cannot hold --------------------------------------------------------


LONG_NAME = "Impurity at RRT 0.47 to 0.52 (lactam)"
CLEAR = "Clear: not more opalescent than reference suspension I"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"result": "123456789012"}, "123456789012 %"),
        ({"result": "0.30000000000000004"}, "0.30000000000000004 %"),
        ({"result": "-0.1", "unit": "g" * 60}, "-0.1"),
        ({"result": "99.0; 99.1"}, "99.0; 99.1 %"),
        ({"notes": tuple("1" for _ in range(60))}, "Water"),
    ],
    ids=["digits", "decimals", "unit", "side by side", "marks"],
)
def test_what_is_wider_than_its_column_is_wrapped(changes, words):
    """A column without room once took its text for ever."""
    line = replace(contents.TWENTY[3].lines[0], **changes)
    other = replace(contents.TWENTY[3].lines[1], result="12345.678")
    content = replace(
        contents.oral(), groups=(Group(heading="Water", lines=(line, other)),)
    )

    found = extracted(render(content), "-raw")

    assert packed(words) in packed(found)
    assert "12345.678" in found


@pytest.mark.parametrize("width", range(24, 200, 4))
def test_no_line_begins_with_a_mark_that_belongs_to_the_han_text_before(width):
    name = (
        "宁波星河-海曙原料药（制造）公司, 一厂-东区. 二厂: 甲线/乙线 (北仑区) 88号-3幢"
    )

    lines = wrap(name, regular(), 8.5, width)

    assert [line for line in lines if line[0] in "-,.:/)）"] == []
    assert "".join(lines).replace(" ", "") == name.replace(" ", "")


def test_columns_follow_what_would_take_more_lines():
    filler = contents.TWENTY[3].lines[0]

    def second_column(lines):
        content = replace(
            contents.oral(), groups=(Group(heading="Group", lines=lines),)
        )
        layout = tool("pdftotext", "-bbox", "-", "-", given=render(content)).decode()
        return float(re.search(r'xMin="([\d.]+)"[^>]*>Method<', layout)[1])

    plain = second_column((filler,) * 3)
    named = second_column((replace(filler, test=LONG_NAME),) * 3)
    worded = second_column(
        (replace(filler, criterion=CLEAR, result=CLEAR, unit=""),) * 3
    )

    assert worded < plain < named


def test_footnotes_of_more_than_a_page_flow_over_pages():
    notes = tuple(
        replace(contents.FOOTNOTES[0], mark=str(number), text=f"Note {number}. " * 30)
        for number in range(1, 60)
    )
    content = replace(contents.oral(), footnotes=notes)

    found = extracted(render(content), "-raw")

    assert all(packed(note.text) in packed(found) for note in notes[:8])
    assert packed(notes[-1].text) in packed(found)
    assert "End of certificate" in found


def test_page_breaks_between_groups_where_less_air_allows_it():
    filler = contents.TWENTY[3].lines[0]
    content = replace(
        contents.intrathecal(),
        groups=tuple(
            Group(
                heading=f"Heading {number}",
                lines=tuple(
                    replace(filler, test=f"Test {number}.{line}", notes=())
                    for line in range(12)
                ),
            )
            for number in range(4)
        ),
    )

    found = pages(render(content))

    assert len(found) == 2
    assert "(continued)" not in found[1]
    assert "Heading 3" in found[1]


# -- the small things a reader looks for ----------------------------------------------


def with_first_line(content, **changes):
    """Return the certificate with its first line changed."""
    group, *others = content.groups
    line, *rest = group.lines
    changed = replace(group, lines=(replace(line, **changes), *rest))
    return replace(content, groups=(changed, *others))


def test_not_detected_is_printed_with_its_limit_and_the_unit_of_that():
    content = with_first_line(
        contents.oral(), result="Not detected", unit="%", quantitation="LOD 0.01"
    )

    assert "Not detected (LOD 0.01 %)" in extracted(render(content), "-layout")


def test_footnote_that_no_line_leads_to_has_no_number():
    absent = Footnote(mark="9", text="Tested on request only, not on this lot: Colour.")
    content = contents.oral()
    content = replace(content, footnotes=(*content.footnotes, absent))

    found = extracted(render(content), "-raw")

    assert f"\n{absent.text}" in found
    assert "\n1 Sum of" in found


def test_a_lot_tested_on_one_day_has_one_date():
    content = contents.oral()
    dates = replace(content.dates, tested_from="2026-01-20", tested_to="2026-01-20")

    found = extracted(render(replace(content, dates=dates)), "-layout")

    assert re.search(r"Tested +2026-01-20\n", found)


# -- the words beside what is stored --------------------------------------------------


def test_number_of_a_lot_is_broken_after_its_marks_and_not_in_its_digits():
    number = "HZ-ZCN-INTRATHECAL-2026-ABCDEFG/00125478-01"
    content = contents.oral()
    content = replace(content, lot=replace(content.lot, number=number))

    lines = pages(render(content))[0].splitlines()

    assert "Manufacturer's lot HZ-ZCN-INTRATHECAL-2026-ABCDEFG/" in lines
    assert "00125478-01" in lines


def test_labels_say_whose_number_and_specification_it_is():
    content = contents.agent()

    found = extracted(render(content), "-layout")

    for label, text in (
        ("Manufacturer's lot", content.lot.number),
        ("Issuer's lot", content.lot.own_number),
        ("CAS number, formula", "1134-47-0, C10H12ClNO2"),
    ):
        assert re.search(rf"{re.escape(label)} +{re.escape(text)}", found), label
    assert "Owner: In-house" in found


def test_label_of_a_formula_alone_names_no_number():
    content = contents.oral()
    content = replace(content, material=replace(content.material, cas=""))

    found = extracted(render(content), "-layout")

    assert re.search(r"Formula +C10H12ClNO2", found)
    assert "CAS number" not in found


def test_reporting_threshold_beside_a_result_is_explained():
    """RT alone is read as retention time."""
    content = contents.oral()
    groups = [
        replace(
            group,
            lines=tuple(replace(line, quantitation="RT 0.05") for line in group.lines),
        )
        for group in content.groups
    ]

    content = replace(content, groups=tuple(groups), footnotes=())
    note = Footnote(mark="1", text="RT, the reporting threshold, is 0.05 %.")

    alone = extracted(render(content))
    in_a_note = extracted(render(replace(content, footnotes=(note,))))

    assert "RT: reporting threshold." in alone
    assert "RT: reporting threshold." not in in_a_note
    assert "RT: reporting threshold." not in extracted(render(contents.oral()))
