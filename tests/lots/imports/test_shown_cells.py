"""A cell of a workbook is stored as a person sees it, or refused with both texts."""

import io

import openpyxl
import pytest
from django.core.management.base import CommandError

from lots.demo import real_lots
from lots.models import Lot, Result
from tests.lots.imports import files
from tests.lots.pages import signed_in, words

HEAD = ["batch", "made", "content", "total", "water", "note"]
MAP = files.MAP.replace(
    "[not_reported]", '[ignore]\nnote = "remark"\n\n[not_reported]'
).replace('sample = "{batch}/S1"', 'sample = "{batch}/S1"\nas_shown = []')
AS_SHOWN = MAP.replace("as_shown = []", 'as_shown = ["batch"]')


@pytest.fixture
def cast(world, at):
    real_lots.set_up(world.cast, at=at)
    return world.cast


@pytest.fixture
def saved(tmp_path):
    """Return a function that saves a workbook of one lot with its map.

    Each cell is a value, or a value and the number format of its cell.
    """

    def save(map_text=MAP, **cells):
        row = {
            "batch": "B-1",
            "made": "2026-02-01",
            "content": "94.4",
            "total": "0.20",
            "water": "1.53",
            "note": "",
        } | cells
        made = openpyxl.Workbook()
        made.active.append(HEAD)
        for place, name in enumerate(HEAD, start=1):
            value, code = row[name] if isinstance(row[name], tuple) else (row[name], "")
            cell = made.active.cell(2, place, value)
            if code:
                cell.number_format = code
        written = io.BytesIO()
        made.save(written)
        paths = tmp_path / "lots.xlsx", tmp_path / "map.toml"
        paths[0].write_bytes(written.getvalue())
        paths[1].write_text(map_text, encoding="utf-8")
        return paths

    return save


AS_TEXT = "store what is meant as text, or give the cell the format General."


@pytest.mark.parametrize(
    ("column", "cell", "sentence"),
    [
        ("water", (220, '">"0'), f"The cell holds 220 but shows >220; {AS_TEXT}"),
        ("water", (0.05, '"<"0.00'), f"The cell holds 0.05 but shows <0.05; {AS_TEXT}"),
        ("water", (0.2, '"ND"'), f"The cell holds 0.2 but shows ND; {AS_TEXT}"),
        ("water", (12345, "0,"), f"The cell holds 12345 but shows 12; {AS_TEXT}"),
        ("water", (-5.04, "0.0;0.0"), f"The cell holds -5.04 but shows 5.0; {AS_TEXT}"),
        (
            "water",
            (5.3, ";;;"),
            "The cell holds 5.3 but shows nothing, because of its number format ;;;;"
            f" {AS_TEXT}",
        ),
        (
            "water",
            (1.2, '"ca. "0.0'),
            f"The cell holds 1.2 but shows ca. 1.2; {AS_TEXT}",
        ),
        (
            "water",
            (220, "0.00E+00"),
            "The cell holds 220, and its number format 0.00E+00 shows another text;"
            f" {AS_TEXT}",
        ),
        (
            "water",
            (1.2, "*>0.0"),
            "The cell holds 1.2, and its number format *>0.0 shows another text;"
            f" {AS_TEXT}",
        ),
        ("water", ("1.53", '"<"@'), f"The cell holds 1.53 but shows <1.53; {AS_TEXT}"),
        (
            "water",
            ("1.53", ";;;"),
            "The cell holds 1.53 but shows nothing, because of its number format ;;;;"
            f" {AS_TEXT}",
        ),
        (
            "batch",
            (12345, "00000000"),
            "The cell holds 12345 but shows 00012345; store the number as text, or name"
            " the column under as_shown in the map, so that the zeros that it shows are"
            " taken.",
        ),
        (
            "batch",
            (12345, '"LOT-"0000'),
            f"The cell holds 12345 but shows LOT-12345; {AS_TEXT}",
        ),
        (
            "batch",
            (12345, "0.00"),
            f"The cell holds 12345 but shows 12345.00; {AS_TEXT}",
        ),
        ("batch", ("B-1", '"X"@'), f"The cell holds B-1 but shows XB-1; {AS_TEXT}"),
    ],
)
def test_cell_that_shows_another_text_is_refused_with_both(
    cast, saved, column, cell, sentence
):
    with pytest.raises(CommandError) as caught:
        files.run(*saved(**{column: cell}))

    assert f"Row 2, column {column}: {sentence}" in str(caught.value)
    assert not Lot.objects.exists()


def test_page_names_what_the_cell_holds_and_what_it_shows(cast, saved):
    table, map_file = saved(water=(220, '">"0'))

    with table.open("rb") as file:
        page = signed_in(cast.lin).post(
            "/imports/new/", {"upload": file, "map_text": map_file.read_text()}
        )

    assert f"The cell holds 220 but shows >220; {AS_TEXT}" in words(page)
    assert not Lot.objects.exists()


def test_decimals_that_are_not_shown_are_taken_and_both_are_listed(cast, saved):
    paths = saved(water=(1.534, "0.00"), content=(94.4, "0.00_)"))

    said = files.run(*paths, "--dry-run")
    files.run(*paths)

    assert [line for line in said.splitlines() if line.startswith("shown")] == [
        "shown otherwise\tcontent\t94.4 is taken, 94.40 is shown",
        "shown otherwise\twater\t1.534 is taken, 1.53 is shown",
    ]
    assert {
        result.test.code: result.determinations[0]["text"]
        for result in Result.objects.select_related("test")
    } == {"CONTENT": "94.4", "TOTAL": "0.20", "WATER": "1.534"}


def test_check_page_lists_what_is_taken_and_what_is_shown(cast, saved):
    table, map_file = saved(water=(1.534, "0.00"))

    with table.open("rb") as file:
        page = signed_in(cast.lin).post(
            "/imports/new/", {"upload": file, "map_text": map_file.read_text()}
        )

    assert "water 1.534 is taken, 1.53 is shown 2" in words(page)


@pytest.mark.parametrize("code", ["General", "0", "@"])
def test_lot_number_that_the_cell_shows_as_it_is_stored_is_taken(cast, saved, code):
    files.run(*saved(batch=(12345, code)))

    assert Lot.objects.get().number == "12345"


def test_zeros_in_front_are_taken_as_shown_where_the_map_says_so(cast, saved):
    files.run(*saved(AS_SHOWN, batch=(12345, "00000000")))

    lot = Lot.objects.get()
    assert (lot.number, lot.samples.get().number) == ("00012345", "00012345/S1")


def test_as_shown_takes_nothing_but_zeros(cast, saved):
    with pytest.raises(CommandError, match="holds 12345 but shows LOT-12345"):
        files.run(*saved(AS_SHOWN, batch=(12345, '"LOT-"0000')))

    assert not Lot.objects.exists()


def test_column_that_is_not_read_may_show_anything(cast, saved):
    files.run(*saved(note=(7, '"see page "0')))

    assert Lot.objects.get().number == "B-1"


@pytest.mark.parametrize("column", ["batch", "water", "made"])
def test_line_break_in_a_cell_that_is_read_is_refused_by_name(cast, saved, column):
    with pytest.raises(CommandError) as caught:
        files.run(*saved(**{column: "1\n2"}))

    assert (
        f"Row 2, column {column}: The cell has a line break inside; write what it says"
        " in one line." in str(caught.value)
    )
    assert not Lot.objects.exists()


def test_line_break_in_a_remark_is_taken(cast, saved):
    files.run(*saved(note="tested twice,\nsee page 4"))

    lot = Lot.objects.get()
    assert [cell["text"] for cell in lot.left_out] == ["tested twice, see page 4"]


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        (
            'as_shown = ["water"]',
            "as_shown names the column water, but no number of a lot or sample is made"
            " of it; remove it, because a result is taken as it is stored.",
        ),
        (
            'as_shown = "batch"',
            'as_shown in the map must be a list of column names, such as ["batch"].',
        ),
    ],
)
def test_as_shown_is_for_numbers_of_lots_and_samples(cast, saved, says, sentence):
    with pytest.raises(CommandError) as caught:
        files.run(*saved(MAP.replace("as_shown = []", says)))

    assert sentence in str(caught.value)
