"""Files of lots: strict maps, dry runs, all or nothing, once, with every trace."""

import datetime
import getpass
import hashlib
import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots import calendar
from lots.accounts import permissions, users
from lots.demo import baclofen, real_lots
from lots.evaluation import evaluator
from lots.evidence.documents import Upload
from lots.imports import column_map, lot_import, template
from lots.imports.table_file import Unreadable
from lots.models import (
    AuditEntry,
    Document,
    ImportedFile,
    Investigation,
    Lot,
    LotStatus,
    Organisation,
    Qualification,
    Result,
    Site,
    TestOrder,
)
from lots.rules.refusal import Refusal, Refusals
from lots.rules.roles import Deed
from lots.rules.step_table import NotAllowed
from lots.setup import qualifications
from tests.lots.imports import files
from tests.lots.pages import refused, signed_in, typed, words
from tests.world import change


@pytest.fixture
def cast(world, at):
    """The people, with the material of the real lots set up."""
    real_lots.set_up(world.cast, at=at)
    return world.cast


def csv(text, name="lots.csv"):
    return Upload(name, text.encode())


def counts():
    """Return how many records of each kind an import could have stored."""
    return {
        model.__name__: model.objects.count()
        for model in (Lot, TestOrder, Result, ImportedFile, Document, LotStatus)
    }


def wrong_rows(cast, at, text, map_text=files.MAP):
    """Return what an import of the text says, row by row; nothing may be stored."""
    before = counts(), AuditEntry.objects.count()
    with pytest.raises(Refusal) as caught:
        lot_import.import_lots(by=cast.lin, at=at, upload=csv(text), map_text=map_text)
    assert (counts(), AuditEntry.objects.count()) == before
    refusal = caught.value
    each = refusal.refusals if isinstance(refusal, Refusals) else [refusal]
    return [str(one) for one in each]


# The import ---------------------------------------------------------------------


@pytest.mark.postgres
def test_import_stores_every_value_as_typed_with_its_row(cast, at):
    imported = lot_import.import_lots(
        by=cast.lin, at=at, upload=csv(files.GOOD), map_text=files.MAP
    )

    assert (imported.rows, imported.sha256, imported.map, imported.by) == (
        2,
        hashlib.sha256(files.GOOD.encode()).hexdigest(),
        files.MAP,
        cast.lin,
    )
    assert bytes(imported.document.content) == files.GOOD.encode()
    assert list(
        Lot.objects.filter(imported=imported)
        .order_by("pk")
        .values_list("number", "original_number", "manufactured_on", "logged_by_id")
    ) == [
        ("B-1", "B-1", datetime.date(2026, 2, 1), cast.lin.pk),
        ("B-2", "B-2", datetime.date(2026, 2, 2), cast.lin.pk),
    ]
    results = Result.objects.filter(test_order__lot__imported=imported).order_by("pk")
    assert [
        (
            result.test_order.lot.number,
            result.test.code,
            [typed["text"] for typed in result.determinations],
            result.raw_reference,
            result.source,
            result.entered_by,
            result.performed_by,
        )
        for result in results
    ] == [
        ("B-1", "CONTENT", ["94.4"], "lots.csv, row 2", "import", cast.lin, cast.marek),
        ("B-1", "TOTAL", ["0.20"], "lots.csv, row 2", "import", cast.lin, cast.marek),
        ("B-1", "WATER", ["1.53"], "lots.csv, row 2", "import", cast.lin, cast.marek),
        (
            "B-2",
            "CONTENT",
            ["94.50"],
            "lots.csv, row 3",
            "import",
            cast.lin,
            cast.marek,
        ),
        ("B-2", "TOTAL", ["0.05"], "lots.csv, row 3", "import", cast.lin, cast.marek),
    ]


@pytest.mark.postgres
def test_import_writes_its_audit_entries(cast, at):
    before = AuditEntry.objects.count()

    lot_import.import_lots(
        by=cast.lin, at=at, upload=csv(files.GOOD), map_text=files.MAP
    )

    entries = AuditEntry.objects.order_by("sequence")[before:]
    of_a_lot = ["lots_lot", "lots_examination", "lots_assessment"]
    assert [(entry.action, entry.table) for entry in entries] == [
        ("import", table)
        for table in [
            "lots_document",
            "lots_importedfile",
            *of_a_lot,
            "lots_sample",
            # Of several results of a lot, one.
            "lots_result",
            *of_a_lot,
            "lots_sample",
            "lots_result",
        ]
    ]
    assert [entry.record for entry in entries if entry.table == "lots_result"] == [
        "",
        "",
    ]


def test_importer_and_the_analyst_named_in_the_file_both_entered(cast, at):
    lot_import.import_lots(
        by=cast.lin, at=at, upload=csv(files.GOOD), map_text=files.MAP
    )
    lot = Lot.objects.get(number="B-1")

    assert (
        permissions.deeds(lot, cast.lin),
        permissions.deeds(lot, cast.marek),
        permissions.deeds(lot, cast.sofia),
    ) == (
        frozenset({Deed.ENTERED}),
        frozenset({Deed.PERFORMED}),
        frozenset(),
    )


def test_a_failing_value_opens_an_investigation_as_on_the_page(cast, at):
    lot_import.import_lots(
        by=cast.lin,
        at=at,
        upload=csv(files.HEAD + "B-1,2026-02-01,93.4,0.20,1.53\n"),
        map_text=files.MAP,
    )

    investigation = Investigation.objects.get()
    assert (
        investigation.lot.number,
        investigation.result.test.code,
        investigation.trigger,
        investigation.opened_by,
        LotStatus.objects.get(lot=investigation.lot).stage,
    ) == (
        "B-1",
        "CONTENT",
        "Content: 93.4 against 93.5\N{EN DASH}95.5 %",
        cast.lin,
        "investigation",
    )


def test_a_spreadsheets_number_cells_are_marked_and_equal_the_csv(cast, at):
    made = openpyxl.Workbook()
    for row in (
        ["batch", "made", "content", "total", "water"],
        ["B-1", datetime.date(2026, 2, 1), 94.4, "0.20", 1.53],
    ):
        made.active.append(row)
    written = io.BytesIO()
    made.save(written)

    lot_import.import_lots(
        by=cast.lin,
        at=at,
        upload=Upload("l.xlsx", written.getvalue()),
        map_text=files.MAP,
    )

    assert list(
        Result.objects.order_by("pk").values_list("determinations", "raw_reference")
    ) == [
        (
            [
                {
                    "text": text,
                    "preparation": 1,
                    "injection": 1,
                    "component": "",
                    "specified": False,
                }
            ],
            reference,
        )
        for text, reference in (
            ("94.4", "l.xlsx, row 2, number cell"),
            ("0.20", "l.xlsx, row 2"),
            ("1.53", "l.xlsx, row 2, number cell"),
        )
    ]


@pytest.mark.postgres
def test_a_file_once_imported_is_refused_under_any_name(cast, at):
    lot_import.import_lots(
        by=cast.lin, at=at, upload=csv(files.GOOD), map_text=files.MAP
    )
    before = counts()

    for do in (lot_import.import_lots, lot_import.check_file):
        with pytest.raises(lot_import.NotImported) as caught:
            do(
                by=cast.marek,
                at=at,
                upload=csv(files.GOOD, "again.csv"),
                map_text=files.MAP,
            )
        assert str(caught.value).startswith(
            "again.csv was imported before, as lots.csv by Lin Yue on "
        )
    assert counts() == before


@pytest.mark.postgres
def test_lots_stored_already_are_refused_by_number_and_by_look_alike(cast, at):
    lot_import.import_lots(
        by=cast.lin, at=at, upload=csv(files.GOOD), map_text=files.MAP
    )

    assert wrong_rows(
        cast, at, files.HEAD + "b-l,2026-02-01,94.4,0.2,1\nB-3,2026-02-01,94.4,0.2,1\n"
    ) == [
        "Row 2, column {batch}: Nothing was stored: lot b-l is already logged as B-1,"
        " or looks the same in print; open that lot, or correct the number.",
        "Row 2, column {batch}: The manufacturer's lot b-l of Carniola Actives d.o.o.,"
        " Works 1 is already logged as lot B-1 for oral use; a lot is logged only"
        " once, so open that lot.",
    ]


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            "B-2,2026-02-02,94.5%,0.05,1",
            "Row 3, column content: 94.5% has a unit after the number; type the number"
            " without %, because the test gives the unit.",
        ),
        (
            "B-2,2026-02-02,1e2,0.05,1",
            "Row 3, column content: 1e2 is written with an exponent; write the number"
            " out in full.",
        ),
        (
            "B-2,2026-02-02,\N{ARABIC-INDIC DIGIT NINE}4,0.05,1",
            "Row 3, column content: The value has the character U+0669 at place 1; type"
            " it with the digits 0 to 9 and a point.",
        ),
        (
            "B-2,2026-02-02,,0.05,1",
            "Row 3, column content: The cell is blank; fill it in or, if blank means"
            " not reported, say so in the map under [not_reported].",
        ),
        (
            "B-2,2026-02-30,94,0.05,1",
            "Row 3, column made: 2026-02-30 is not a date; type year-month-day, such"
            " as 2026-11-23.",
        ),
        (
            "B-2,03.02.2026,94,0.05,1",
            "Row 3, column made: 03.02.2026 is not a date; type year-month-day, such"
            " as 2026-11-23.",
        ),
        (
            "b-1,2026-02-02,94,0.05,1",
            "Row 3, column {batch}: Lot b-1 is in row 2 already as B-1, or looks the"
            " same in print; remove or correct one of them.",
        ),
        (
            "B\N{NON-BREAKING HYPHEN}2,2026-02-02,94,0.05,1",
            "Row 3, column {batch}: The lot number has the character U+2011 at place 2,"
            " which cannot be told from others in print; use Latin letters, digits and"
            " - . / _ + only.",
        ),
        (
            "B-2,9999-12-31,94,0.05,1",
            "Row 3, column made: Lot B-2 cannot have been manufactured on 9999-12-31,"
            " which is after today, {today}; correct the date.",
        ),
        (
            "B-2,2026-02-11,94,0.05,1",
            "Row 3, column sampled_on (constant): A sample of lot B-2 cannot have been"
            " taken on 2026-02-09: the lot was manufactured on 2026-02-11; correct the"
            " date, or tick “Taken in process” and give the reason.",
        ),
        (
            "B-2,2019-12-31,94,0.05,1",
            "Row 3: The qualification of Carniola Actives d.o.o., Works 1 to make"
            " {material} for the manufacture of oral dosage forms by the process ZP-1"
            " invented process is valid from 2020-01-01 and does not cover the day of"
            " manufacture, 2019-12-31.",
        ),
    ],
    ids=[
        "unit",
        "exponent",
        "other digits",
        "blank",
        "no such day",
        "other order",
        "twice in the file",
        "look-alike hyphen",
        "the last day there is",
        "sampled before it was made",
        "not qualified",
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_stored(cast, at, row, sentence):
    said = wrong_rows(
        cast, at, files.HEAD + "B-1,2026-02-01,94.4,0.20,1.53\n" + row + "\n"
    )

    assert said == [
        sentence.replace("{today}", calendar.today(at).isoformat()).replace(
            "{material}", real_lots.MATERIAL
        )
    ]


@pytest.mark.parametrize("fact", ["size_unit", "issuer_role", "packaging"])
def test_blank_cell_of_a_mapped_fact_is_no_default(cast, at, fact):
    """A batch size of 500 with a blank unit is not 500 kg."""
    constants = [
        one for one in files.MAP.splitlines() if not one.startswith(f"{fact} =")
    ]
    mapped = "\n".join(constants).replace("[columns]", f'[columns]\n{fact} = "said"')
    head, *rows = files.GOOD.splitlines()
    text = "\n".join([f"{head},said", *(f"{row}, " for row in rows), ""])

    assert wrong_rows(cast, at, text, mapped) == [
        f"Row {row}, column said: The cell is blank; fill it in, or give one value for"
        " all rows under [constants] in the map."
        for row in (2, 3)
    ]


def test_blank_cell_of_what_is_not_known_of_every_lot_is_left_out(cast, at):
    mapped = files.MAP.replace("[columns]", '[columns]\nnote = "n"\ndate_on = "until"')
    text = files.HEAD.strip() + ",n,until\nB-1,2026-02-01,94.4,0.20,1.53, ,\n"

    lot_import.import_lots(by=cast.lin, at=at, upload=csv(text), map_text=mapped)

    assert Lot.objects.get(number="B-1").note == ""


def test_expiry_date_ten_years_out_is_no_way_round_by_a_file(cast, at):
    """Its qualification gives a retest date within 120 months of the manufacture."""
    mapped = files.MAP.replace(
        "[columns]", '[columns]\ndate_on = "until"\ndate_kind = "kind"'
    )
    text = (
        files.HEAD.strip() + ",until,kind\n"
        "B-1,2026-02-01,94.4,0.20,1.53,2036-02-01,expiry\n"
        "B-2,2026-02-01,94.4,0.20,1.53,2036-03-01,retest\n"
    )

    said = wrong_rows(cast, at, text, mapped)

    assert len(said) == 2
    assert "gives its lots the retest date; choose that" in said[0]
    assert "is after 2036-02-29, the end of the period of 120 months" in said[1]


@pytest.mark.parametrize("text", ["n/a", "-", "/", "Not tested", "未检"])
def test_a_map_says_what_means_not_reported(cast, at, text):
    map_text = files.MAP.replace('water = ["", "0"]', f'water = ["{text}"]')

    lot_import.import_lots(
        by=cast.lin,
        at=at,
        upload=csv(files.HEAD + f"B-1,2026-02-01,94.4,0.20,{text}\n"),
        map_text=map_text,
    )

    assert not Result.objects.filter(test__code="WATER").exists()


def test_every_wrong_row_is_listed_up_to_a_hundred(cast, at):
    rows = "".join(f"B-{number},x,94.4,0.2,1\n" for number in range(150))

    said = wrong_rows(cast, at, files.HEAD + rows)

    assert (len(said), said[0][:22], said[-1][:24]) == (
        100,
        "Row 2, column made: x ",
        "Row 101, column made: x ",
    )


def test_a_file_without_rows_is_refused(cast, at):
    assert wrong_rows(cast, at, files.HEAD) == [
        "The file has no row below its header, so there is nothing to import; add the"
        " lots and choose it again."
    ]


def test_an_import_without_qualification_is_refused(cast, at):
    qualification = Qualification.objects.get(process=real_lots.PROCESS)
    qualifications.suspend_qualification(
        qualification=qualification,
        by=cast.chen,
        at=at,
        since=calendar.today(at),
        reason="Audit finding 7",
    )

    said = wrong_rows(cast, at, files.GOOD)

    assert [one.partition(" is suspended")[1:] for one in said] == [
        (" is suspended", ": Audit finding 7.")
    ] * 2


def test_an_intrathecal_use_does_not_come_by_import(cast, at):
    said = wrong_rows(
        cast, at, files.GOOD, files.MAP.replace('"oral"', '"intrathecal"')
    )

    assert said == [
        f"Row {row}: Carniola Actives d.o.o., Works 1 has no qualification to make"
        f" {real_lots.MATERIAL} for the manufacture of intrathecal injections by the"
        " process ZP-1 invented process; ask QA to draft and approve one first."
        for row in (2, 3)
    ]


@pytest.mark.parametrize("username", ["sofia", "chen", "maria", "ines", "admin"])
def test_only_an_analyst_imports_or_checks(cast, at, username):
    before = counts(), AuditEntry.objects.count()

    for do in (lot_import.import_lots, lot_import.check_file):
        with pytest.raises(NotAllowed) as caught:
            do(
                by=getattr(cast, username),
                at=at,
                upload=csv(files.GOOD),
                map_text=files.MAP,
            )
        assert caught.value.code == "role"
    assert (counts(), AuditEntry.objects.count()) == before


@pytest.mark.parametrize("username", ["chen", "ines", "admin"])
def test_only_an_analyst_can_have_performed_a_test(cast, at, username):
    name = getattr(cast, username).printed_name

    said = wrong_rows(
        cast, at, files.GOOD, files.MAP.replace('"marek"', f'"{username}"')
    )

    assert said == [
        f"Row {row}, column performed_by (constant): {name} is not an analyst with an"
        f" active account, so no test can be recorded as performed by {name}; name the"
        " analyst who performed it."
        for row in (2, 3)
    ]


def test_an_analyst_who_left_is_named_for_tests_until_that_day(cast, at):
    day = re.search(r"performed_on = \"(.*)\"", files.MAP)[1]
    ended = datetime.datetime.fromisoformat(f"{day}T12:00+00:00")
    before = ended - datetime.timedelta(1)
    name = cast.marek.printed_name
    users.deactivate(person=cast.marek, by=cast.admin, at=before, reason="Left")

    assert wrong_rows(cast, at, files.GOOD) == [
        f"Row {row}, column performed_by (constant): The account of {name} was"
        f" deactivated on {before.date()}, so no test of {day} can be recorded as"
        f" performed by {name}; name the analyst who performed it."
        for row in (2, 3)
    ]
    users.reactivate(
        person=cast.marek,
        by=cast.admin,
        at=before,
        reason="Back for a day",
        password="a horse under the bridge",
    )
    users.deactivate(person=cast.marek, by=cast.admin, at=ended, reason="Left")

    lot_import.import_lots(
        by=cast.lin, at=at, upload=csv(files.GOOD), map_text=files.MAP
    )

    assert set(Result.objects.values_list("performed_by", flat=True)) == {cast.marek.pk}


def test_an_analyst_whose_end_the_trail_does_not_know_cannot_be_named(cast, at):
    type(cast.marek).objects.filter(pk=cast.marek.pk).update(is_active=False)

    said = wrong_rows(cast, at, files.GOOD)

    assert [one.partition(": ")[2].partition(",")[0] for one in said] == [
        f"{cast.marek.printed_name} is not an analyst with an active account"
    ] * 2


MAKERS = files.MAP.replace("[columns]", 'original_lot = "{maker}"\n[columns]', 1)
TWO_OF_ONE = "maker,batch,made,content,total,water\n" + "".join(
    f"{manufacturer},B-{number},2026-02-01,94.4,0.2,1\n"
    for number, manufacturer in ((1, "MO-7"), (2, "X-1"), (3, "m0-7"))
)


def test_a_manufacturers_lot_under_two_numbers_is_told_by_the_dry_run_too(cast, at):
    checked = lot_import.check_file(
        by=cast.lin, at=at, upload=csv(TWO_OF_ONE), map_text=MAKERS
    )
    said = wrong_rows(cast, at, TWO_OF_ONE, MAKERS)

    assert [[str(one) for one in form.wrong] for form in checked.forms] == [
        [],
        [],
        said,
    ]
    assert said == [
        "Row 4, column {maker}: The manufacturer's lot m0-7 is in row 2 already, as"
        " lot B-1. A lot is logged only once, whatever our own number; remove one of"
        " them."
    ]


def test_a_manufacturers_lot_stored_already_is_found_whatever_our_number(cast, at):
    lot_import.import_lots(
        by=cast.lin,
        at=at,
        upload=csv(
            "maker,batch,made,content,total,water\nMO-7,A,2026-02-01,94,0.2,1\n"
        ),
        map_text=MAKERS,
    )
    # Past the rows that are looked up at once, and within.
    for before in (0, lot_import.ROWS_AT_ONCE):
        text = "maker,batch,made,content,total,water\n" + "".join(
            f"{manufacturer},B-{number},2026-02-01,94.4,0.2,1\n"
            for number, manufacturer in enumerate(
                [*(f"Y-{one}" for one in range(before)), "m0-7"]
            )
        )

        assert wrong_rows(cast, at, text, MAKERS) == [
            f"Row {before + 2}, column {{maker}}: The manufacturer's lot m0-7 of"
            " Carniola Actives d.o.o., Works 1 is already logged as lot A for oral use;"
            " a lot is logged only once, so open that lot."
        ]


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        (datetime.date(2026, 1, 2), "a date"),
        (1.5, "a number with decimals"),
    ],
)
def test_a_lot_number_that_a_spreadsheet_may_have_changed_is_refused(
    cast, at, cell, what
):
    made = openpyxl.Workbook()
    made.active.append(["batch", "made", "content", "total", "water"])
    made.active.append([cell, datetime.date(2026, 2, 1), "94.4", "0.20", "1"])
    written = io.BytesIO()
    made.save(written)

    with pytest.raises(Refusal) as caught:
        lot_import.import_lots(
            by=cast.lin,
            at=at,
            upload=Upload("l.xlsx", written.getvalue()),
            map_text=files.MAP,
        )

    assert str(caught.value) == (
        f"Row 2, column batch: The cell holds {what}, so the spreadsheet may have"
        " changed the lot number that was typed there; store it as text."
    )


def test_a_file_name_is_kept_without_what_nobody_sees(cast, at):
    imported = lot_import.import_lots(
        by=cast.lin,
        at=at,
        upload=csv(files.GOOD, "lots\u202e\n\udc80/a.csv"),
        map_text=files.MAP,
    )

    assert imported.document.name == "lots____a.csv"
    assert Result.objects.order_by("pk").first().raw_reference == (
        "lots____a.csv, row 2"
    )


# The dry run --------------------------------------------------------------------


@pytest.mark.postgres
def test_a_dry_run_says_the_form_of_every_row_and_stores_no_lot(cast, at):
    lot_import.import_lots(
        by=cast.lin,
        at=at,
        upload=csv(files.HEAD + "B-1,2026-02-01,94.4,0.2,1\n", "first.csv"),
        map_text=files.MAP,
    )
    before = counts()
    text = (
        files.HEAD
        + "B-1,2026-02-01,94.4,0.2,1\n"
        + "B-2,2026-02-01,1.0,0.2,1\n"
        + "B-3,2026-02-01,94.4,ca 1,\n"
    )

    checked = lot_import.check_file(
        by=cast.lin, at=at, upload=csv(text), map_text=files.MAP
    )

    assert [
        (form.row, form.number, form.state, len(form.entries), len(form.wrong))
        for form in checked.forms
    ] == [
        (2, "B-1", "stored", 0, 2),
        (3, "B-2", "new", 3, 0),
        (4, "B-3", "wrong", 0, 1),
    ]
    assert not checked.ready
    assert counts() == before | {"Document": before["Document"] + 1}


BAD_ROWS = (
    files.HEAD
    + "B-1,2026-02-01,94.4,0.2,1\n"
    + "B-2,2026-02-01,94.4,1\n"
    + "B-3,2026-02-01,94.4,ca 1,0\t1\n"
    + "\n"
    + "B\u00a0-4,soon,94.4,0.2,1\n"
    + "B-5,2026-02-01,94.4,0.2,1\n"
)


def test_one_bad_cell_hides_no_other_row(cast, at):
    before = counts()

    checked = lot_import.check_file(
        by=cast.lin, at=at, upload=csv(BAD_ROWS), map_text=files.MAP
    )

    assert [
        (form.row, form.number, form.state, [(w.column, w.code) for w in form.wrong])
        for form in checked.forms
    ] == [
        (2, "B-1", "new", []),
        (3, "", "wrong", [("", "ragged")]),
        (4, "B-3", "wrong", [("water", "character"), ("total", "sign")]),
        (5, "", "wrong", [("", "blank-row")]),
        (6, "", "wrong", [("batch", "character"), ("made", "date")]),
        (7, "B-5", "new", []),
    ]
    assert counts() == before | {"Document": before["Document"] + 1}
    assert AuditEntry.objects.order_by("-sequence").first().action == "check_import"


def test_an_import_lists_what_is_wrong_in_every_row(cast, at):
    assert wrong_rows(cast, at, BAD_ROWS) == [
        "Row 3: The row has 4 cells and the header has 5; correct the row.",
        "Row 4, column water: The cell has the character U+0009, which does not show in"
        " print; remove it.",
        "Row 4, column total: ca 1 begins with a sign that is not used for results;"
        " type < or > before the number, or the number alone.",
        "Row 5: The row is blank, but other rows follow it; delete it or fill it.",
        "Row 6, column batch: The cell has the character U+00A0, which does not show in"
        " print; remove it.",
        "Row 6, column made: soon is not a date; type year-month-day, such as"
        " 2026-11-23.",
    ]


@pytest.mark.parametrize("size", ["150 kg", "ND", "<5", "0", "many"])
def test_a_size_that_is_no_quantity_is_told_so_and_not_as_a_result(cast, at, size):
    map_text = files.MAP.replace('size = "100"', f'size = "{size}"')

    said = wrong_rows(cast, at, files.HEAD + "B-1,2026-02-01,94.4,0.2,1\n", map_text)

    assert said == [
        f"Row 2, column size (constant): {size} is not a quantity; type a number above"
        " 0, without the unit."
    ]


def test_a_dry_run_says_what_certificates_could_not_print(cast, at):
    map_text = files.MAP.replace('"4 drums"', '"4 \u5586"')

    checked = lot_import.check_file(
        by=cast.lin, at=at, upload=csv(files.GOOD), map_text=map_text
    )

    assert [str(wrong) for form in checked.forms for wrong in form.wrong] == [
        f"Row {row}, column packaging (constant): The packaging has \u5586 (U+5586),"
        " which certificates cannot print; write it another way, such as in"
        " Latin letters."
        for row in (2, 3)
    ]


def test_a_dry_run_gives_no_verdict_away(cast, at):
    failing = files.HEAD + "B-1,2026-02-01,12.0,9.9,1\n"

    checked = lot_import.check_file(
        by=cast.lin, at=at, upload=csv(failing), map_text=files.MAP
    )

    assert [(form.state, form.wrong) for form in checked.forms] == [("new", ())]


@pytest.mark.postgres
def test_a_dry_run_is_recorded_with_the_files_digest(cast, at):
    checked = lot_import.check_file(
        by=cast.lin, at=at, upload=csv(files.GOOD), map_text=files.MAP
    )

    entry = AuditEntry.objects.order_by("-sequence").first()
    assert (entry.action, entry.by, entry.changes) == (
        "check_import",
        cast.lin,
        {
            "file": [None, "lots.csv"],
            "sha256": [None, hashlib.sha256(files.GOOD.encode()).hexdigest()],
            "map_sha256": [None, hashlib.sha256(files.MAP.encode()).hexdigest()],
            "rows": [None, 2],
            "new": [None, 2],
        },
    )
    assert lot_import.kept_upload(sha256=checked.document.sha256) == csv(files.GOOD)


@pytest.mark.postgres
def test_the_file_of_a_dry_run_is_kept_once(cast, at):
    for _ in range(2):
        lot_import.check_file(
            by=cast.lin, at=at, upload=csv(files.GOOD), map_text=files.MAP
        )
    imported = lot_import.import_lots(
        by=cast.lin,
        at=at,
        upload=lot_import.kept_upload(
            sha256=hashlib.sha256(files.GOOD.encode()).hexdigest()
        ),
        map_text=files.MAP,
    )

    assert list(Document.objects.filter(name="lots.csv")) == [imported.document]


def test_a_file_that_nobody_checked_cannot_be_confirmed(db):
    with pytest.raises(lot_import.NotImported) as caught:
        lot_import.kept_upload(sha256="0" * 64)

    assert str(caught.value) == (
        "The file that was checked is no longer here; choose it again."
    )


# The map ------------------------------------------------------------------------


def said_of(text):
    """Return what is said of a map that is refused."""
    with pytest.raises((column_map.WrongMap, Refusals)) as caught:
        column_map.read(text)
    refusal = caught.value
    each = refusal.refusals if isinstance(refusal, Refusals) else [refusal]
    return [str(one) for one in each]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("lot =", "lott =", ["lott is not a key of the map", "The map has no lot"]),
        ('lot = "{batch}"', 'lot = "B"', ["lot in the map must name at least one"]),
        ('lot = "{batch}"', 'lot = "{batch"', ["lot in the map must name at least"]),
        ('lot = "{batch}"', "lot = 3", ["lot in the map must be a text in quotes."]),
        ('use = "oral"', "", ["The map does not say where use comes from"]),
        ('use = "oral"', "use = 1", ["use under [constants] must be a text in quotes"]),
        ('use = "oral"', 'use = " "', ["use under [constants] must be a text in quo"]),
        ('use = "oral"', 'uses = "oral"', ["uses is not a key of [constants]",
            "The map does not say where use comes from"]),
        ('size = "100"', 'size = "1"\nmanufactured_on = "2026-01-01"',
            ["manufactured_on is both under [columns] and under [constants]"]),
        ('water = "WATER"', "water = 3", ["Under [results], water must be the code"]),
        ('water = "WATER"', 'water = {test = "W", peak = "A"}',
            ["Under [results], water must be the code"]),
        ('water = "WATER"', 'water = "TOTAL"',
            ["Under [results], water is the same value of TOTAL"]),
        ('water = ["", "0"]', 'water = "0"', ["Under [not_reported], water must be a"]),
        ('water = ["", "0"]', "water = [0]", ["Under [not_reported], water must be a"]),
        ('water = ["", "0"]', 'watr = [""]', ["[not_reported] names the column watr"]),
        ("[results]", "[file]\ndelimiter = '|'\n[results]",
            ["delimiter under [file] must be one of"]),
        ("[results]", "[results", ["The map is not TOML: "]),
        ('size = "100"', f"size = {'9' * 5000}", ["The map is not TOML: "]),
        ('size = "100"', "size = " + "[" * 5000, ["Line 14 of the map nests keys"]),
        ("lot =", 'ignore = ["note"]\nlot =',
            ["[ignore] in the map must be a table that names each column with its"]),
        ("[results]", '[ignore]\nnote = "dull"\n[results]',
            ["Under [ignore], note needs its reason, one of \"identifier\", \"remar"]),
        ("[results]", '[ignore]\ncontent = "remark"\n[results]',
            ["The map reads the column content and also names it under [ignore]"]),
        ('never_zero = ["water"]', "",
            ["Under [not_reported], water has 0, which is a"]),
        ('never_zero = ["water"]', 'never_zero = ["watr"]',
            ["never_zero names the column watr, but [results] does not;",
             "Under [not_reported], water has 0, which is a"]),
        ('never_zero = ["water"]', 'never_zero = "water"',
            ["never_zero in the map must be a list of column names",
             "Under [not_reported], water has 0, which is a"]),
        ('never_zero =', 'lost_zeros = ["watr"]\nnever_zero =',
            ["lost_zeros names the column watr, but [results] does not;"]),
        ('never_zero =', 'lost_zeros = "water"\nnever_zero =',
            ["lost_zeros in the map must be a list of column names"]),
        ("[results]", '[translate]\nwater = "ND"\n[results]',
            ["[translate.water] must name each word of the file"]),
        ("[results]", '[translate.note]\nx = "ND"\n[results]',
            ["[translate] names the column note, but [results] does not; add"]),
        ("[results]", '[translate.water]\n"-" = "ND"\n[results]',
            ["[translate.water] has “-”, which means not reported and cannot"]),
        ('water = "WATER"', 'water = {test = "W", component = "a\\nb"}',
            ["Under [results], water must be the code"]),
        ("[results]", "[result]",
            ["result is not a key of the map", "The map has no [results]",
             "never_zero names the column water",
             "[not_reported] names the column water"]),
    ],
)  # fmt: skip
def test_a_map_is_refused_with_what_is_wrong(old, new, said):
    assert old in files.MAP
    found = said_of(files.MAP.replace(old, new, 1))

    assert [one[: len(start)] for one, start in zip(found, said, strict=True)] == said


def test_columns_that_do_not_fit_the_map_are_all_named(cast, at):
    assert wrong_rows(cast, at, "batch,made,content,totals,water,note\n") == [
        "The map names the column total, but the file has no such column; it has"
        " batch, made, content, totals, water, note. Correct the map or the file.",
        "The file has the columns totals, note, which the map does not name; map them,"
        " or name them under [ignore] with the reason.",
    ]


def test_a_file_of_another_form_is_refused_in_two_sentences(cast, at):
    assert wrong_rows(cast, at, "a\n") == [
        "The map names the columns batch, made, content, total, water, but the file"
        " has none of them; it has a. Correct the map or the file.",
        "The file has the column a, which the map does not name; map it, or name"
        " it under [ignore] with the reason.",
    ]


def test_an_ignored_column_is_not_read(cast, at):
    lot_import.import_lots(
        by=cast.lin,
        at=at,
        upload=csv("batch,made,content,total,water,note\nB-1,2026-02-01,94,0.2,0,x\n"),
        map_text=f'{files.MAP}\n[ignore]\nnote = "remark"\n',
    )

    assert list(Lot.objects.values_list("number", flat=True)) == ["B-1"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            '"ZAG-API"',
            '"NONE"',
            "Row 2, column material (constant): NONE is not a material that is set up"
            " here; give its name or item code, exactly as its page shows it.",
        ),
        (
            "Works 1",
            "Works 2",
            "Row 2, column site (constant): Carniola Actives d.o.o., Works 2 is not a"
            " site that is set up here; give its organisation and site, with a comma,"
            " exactly as its page shows it.",
        ),
        (
            '"marek"',
            '"nobody"',
            "Row 2, column performed_by (constant): nobody is not the username of an"
            " account. The person who performed the tests needs one, because nobody"
            " may review their own work; have an administrator add it.",
        ),
        (
            'water = "WATER"',
            'water = "H2O"',
            "Row 2, column water: {material} has no test with the code H2O; correct"
            " the map.",
        ),
        (
            'packaging = "4 drums"',
            f'packaging = "{"x" * 161}"',
            f"Row 2, column packaging (constant): {'x' * 30}… has 161 characters, and"
            " at most 160 are kept; shorten it.",
        ),
    ],
    ids=["material", "site", "person", "test", "long"],
)
def test_what_the_map_names_must_exist(cast, at, old, new, sentence):
    text = files.HEAD + "B-1,2026-02-01,94.4,0.20,1.53\n"

    said = wrong_rows(cast, at, text, files.MAP.replace(old, new, 1))

    assert said == [sentence.replace("{material}", real_lots.MATERIAL)]


def baclofen_map(world, results):
    """Return a map of oral lots of baclofen with these result columns."""
    site = Site.objects.get(name="Plant 1")
    return f"""
        lot = "{{batch}}"
        sample = "{{batch}}/S1"
        [constants]
        material = "BAC"
        site = "{site}"
        use = "oral"
        process = "{world.processes["oral"]}"
        manufactured_on = "2026-02-01"
        size = "150"
        packaging = "6 drums"
        use_document_kind = "batch_record"
        use_document_reference = "BR-1"
        sampled_on = "2026-02-09"
        sampled_by = "Marek Novak"
        sample_quantity = "50 g"
        performed_by = "marek"
        performed_on = "2026-02-10"
        [results]
        {results}
    """


def test_a_column_of_a_computed_test_is_told_by_the_dry_run_too(world, at):
    text, map_text = "batch,total\nB-1,0.20\n", baclofen_map(world, 'total = "TOTAL"')

    [form] = lot_import.check_file(
        by=world.cast.lin, at=at, upload=csv(text), map_text=map_text
    ).forms

    assert [str(one) for one in form.wrong] == wrong_rows(
        world.cast, at, text, map_text
    )
    assert form.wrong[0].code == "computed"


@pytest.mark.postgres
def test_peak_is_not_averaged_with_further_injections(world, at):
    """The attack: 0.20 fails, so five more injections come with it, and 0.08 passes."""
    columns = {f"peak_{n}": "0.20" if n == 1 else "0.05" for n in range(1, 7)}
    map_text = baclofen_map(
        world,
        "\n".join(
            f'{name} = {{test = "UNSPEC", component = "RRT 0.92", injection = {n}}}'
            for n, name in enumerate(columns, start=1)
        ),
    )
    file = f"batch,{','.join(columns)}\nB-1,{','.join(columns.values())}\n"

    def imported():
        lot_import.import_lots(
            by=world.cast.lin, at=at, upload=csv(file), map_text=map_text
        )

    with pytest.raises(Refusal) as caught:
        imported()

    assert "has injection 6 of a peak, and peaks are not averaged here" in str(
        caught.value
    )
    assert not Lot.objects.exists()
    # The control: as many are taken as the file has, and the mean passes.
    change(world.tests["UNSPEC"], by=world.cast.olga, at=at, injections=6)
    imported()
    assert not Lot.objects.get().investigations.exists()


@pytest.mark.postgres
def test_columns_can_be_determinations_and_named_peaks(world, at):
    map_text = baclofen_map(
        world,
        """
        water = "WATER"
        assay_1 = {test = "ASSAY", preparation = 1}
        assay_2 = {test = "ASSAY", preparation = 2}
        peak = {test = "UNSPEC", component = "RRT 0.92"}
        lactam = "IMPA"
        """,
    )
    lot_import.import_lots(
        by=world.cast.lin,
        at=at,
        upload=csv(
            "batch,water,assay_1,assay_2,peak,lactam\nB-1,0.50,99.0,99.2,0.07,0.06\n"
        ),
        map_text=map_text,
    )

    evaluation = evaluator.evaluate(Lot.objects.get())
    grid = {row.test.code: row for row in evaluation.test_orders[0].grid}
    assert {
        code: [attempt.reportable.text for attempt in grid[code].attempts]
        for code in ("WATER", "ASSAY", "UNSPEC", "IMPA", "TOTAL")
    } == {
        "WATER": ["0.50"],
        "ASSAY": ["99.6"],
        "UNSPEC": ["0.07"],
        "IMPA": ["0.06"],
        "TOTAL": ["0.13"],
    }


def test_the_template_and_its_map_fit_each_other(cast, at):
    material = real_lots.found()
    header = template.template(material=material)
    columns = header.strip().split(",")
    row = {
        "lot": "B-1",
        "site": f'"{real_lots.ORGANISATION}, {real_lots.SITE}"',
        "use": "oral",
        "process": real_lots.PROCESS,
        "manufactured_on": "2026-02-01",
        "size": "100",
        "packaging": "4 drums",
        "use_document_kind": "declaration",
        "use_document_reference": "D-1",
        "sample": "B-1/S1",
        "sampled_on": "2026-02-01",
        "sampled_by": "Marek Novak",
        "sample_quantity": "50 g",
        "performed_by": "marek",
        "performed_on": "2026-02-02",
        "result CONTENT": "94.4",
    }

    lot_import.import_lots(
        by=cast.lin,
        at=at,
        upload=csv(header + ",".join(row.get(column, "") for column in columns)),
        map_text=template.template_map(material=material),
    )

    assert list(
        Result.objects.values_list("test_order__lot__number", "test__code")
    ) == [("B-1", "CONTENT")]


def test_a_template_that_is_filled_leaves_nothing_undecided(world, at):
    header = template.template(material=world.material)
    columns = header.strip().split(",")
    row = {
        "lot": "BAC-26-001",
        "site": f'"{world.works}"',
        "use": "oral",
        "process": f'"{baclofen.ORAL_PROCESS}"',
        "manufactured_on": at.date().isoformat(),
        "size": "100",
        "packaging": "4 drums",
        "use_document_kind": "batch_record",
        "use_document_reference": "BR-1",
        "sample": "BAC-26-001/S1",
        "sampled_on": at.date().isoformat(),
        "sampled_by": "Marek Novak",
        "sample_quantity": "50 g",
        "performed_by": "marek",
        "performed_on": at.date().isoformat(),
        "result ASSAY 1": "99.4",
        "result ASSAY 2": "99.7",
        "result WATER": "0.21",
    }
    map_text = template.template_map(material=world.material)

    lot_import.import_lots(
        by=world.cast.lin,
        at=at,
        upload=csv(header + ",".join(row.get(column, "") for column in columns)),
        map_text=map_text,
    )

    # A total is worked out from its parts, and which peaks there are is not known.
    assert {"result TOTAL", "result UNSPEC"}.isdisjoint(columns)
    assert '# "UNSPEC RRT 0.92" = {test = "UNSPEC", component = "RRT 0.92"}' in map_text
    [test_order] = evaluator.evaluate(Lot.objects.get()).test_orders
    [assay] = test_order.attempts[world.tests["ASSAY"].pk]
    assert (assay.reportable.kind, assay.reportable.text) == ("number", "99.8")


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty"), (b"PK\x03\x04", "broken"), (b"a\x00", "nul")],
    ids=["empty", "broken workbook", "binary"],
)
def test_a_file_that_cannot_be_read_is_refused_and_not_kept(cast, at, content, code):
    before = counts()

    for do in (lot_import.import_lots, lot_import.check_file):
        with pytest.raises(Unreadable) as caught:
            do(by=cast.lin, at=at, upload=Upload("x", content), map_text=files.MAP)
        assert caught.value.code == code
    assert counts() == before


# The command --------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path):
    """Return paths of a good file and its map."""
    (tmp_path / "lots.csv").write_text(files.GOOD)
    (tmp_path / "map.toml").write_text(files.MAP)
    return tmp_path / "lots.csv", tmp_path / "map.toml"


def test_the_command_counts_one_as_one(cast, saved):
    file, map_file = saved
    file.write_text(files.HEAD + "B-1,2026-02-01,94.4,,\n")
    map_file.write_text(
        files.MAP.replace('water = ["", "0"]', 'water = [""]\ntotal = [""]')
    )

    dry, done = files.run(*saved, "--dry-run"), files.run(*saved)

    assert "new\t1 result\n" in dry
    assert ": 1 row, 1 new," in dry
    assert ": 1 lot imported.\n" in done


@pytest.mark.postgres
def test_the_command_imports_and_records_the_operating_account(cast, saved):
    digest = hashlib.sha256(files.GOOD.encode()).hexdigest()

    dry = files.run(*saved, "--dry-run")
    done = files.run(*saved)

    assert dry == (
        "row 2\tB-1\tnew\t3 results\n"
        "row 3\tB-2\tnew\t2 results\n"
        "left out\twater\t0\tNot reported\t3\n"
        f"lots.csv, SHA-256 {digest}: 2 rows, 2 new, 0 stored already, 0 wrong."
        " Nothing was imported.\n"
    )
    assert done == (
        f"lots.csv, SHA-256 {digest}: 2 lots imported.\n"
        "left out\twater\t0\tNot reported\tB-2\n"
    )
    assert set(
        AuditEntry.objects.filter(action__in=["import", "check_import"]).values_list(
            "account", flat=True
        )
    ) == {getpass.getuser()}


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (
            {"by": "nobody"},
            "nobody is not the username of an active account; check it.",
        ),
        (
            {"password": "wrong"},
            "The password of lin was not confirmed, so nothing was stored;",
        ),
        (
            {"by": "chen"},
            "{file} was not imported; nothing was stored.\nYour role does not"
            " allow “Log” of lots.csv; ask an analyst.",
        ),
    ],
    ids=["unknown", "wrong password", "wrong role"],
)
def test_the_command_obeys_password_and_role(cast, saved, arguments, start):
    with pytest.raises(CommandError) as caught:
        files.run(*saved, **arguments)

    expected = start.replace("{file}", str(saved[0]))
    assert str(caught.value)[: len(expected)] == expected
    assert Lot.objects.count() == 0


def test_the_command_lists_what_is_wrong(cast, saved):
    saved[0].write_text(files.GOOD.replace("94.4", "94,4"))

    with pytest.raises(CommandError) as caught:
        files.run(*saved)

    assert str(caught.value) == (
        f"{saved[0]} was not imported; nothing was stored.\n"
        "Row 2: The row has 6 cells and the header has 5; correct the row."
    )


def test_the_command_says_which_file_cannot_be_read(cast, saved, tmp_path):
    with pytest.raises(CommandError) as caught:
        files.run(saved[0], tmp_path / "none.toml")

    assert str(caught.value) == (
        f"{tmp_path / 'none.toml'} cannot be read: No such file or directory."
    )


# The pages ----------------------------------------------------------------------


def sent(client, text, map_text=files.MAP, **more):
    """Send a file with its map to be checked; return the answer."""
    upload = SimpleUploadedFile("lots.csv", text.encode(), "text/csv")
    return client.post(
        "/imports/new/", {"upload": upload, "map_text": map_text, **more}
    )


@pytest.mark.postgres
def test_the_page_checks_then_imports_the_same_bytes(cast):
    client = signed_in(cast.lin)
    digest = hashlib.sha256(files.GOOD.encode()).hexdigest()

    checked = sent(client, files.GOOD)
    stored_by_then = Lot.objects.count()
    done = client.post(
        "/imports/run/",
        {"sha256": typed(checked, "sha256"), "map_text": typed(checked, "map_text")},
    )

    imported = ImportedFile.objects.get()
    assert (checked.status_code, stored_by_then, typed(checked, "sha256")) == (
        200,
        0,
        digest,
    )
    assert "Import 2 lots" in words(checked)
    assert (done.status_code, done.url) == (302, f"/imports/{imported.pk}/")
    assert (imported.sha256, imported.by, imported.map) == (
        digest,
        cast.lin,
        files.MAP.strip(),
    )
    receipt = words(client.get(done.url))
    for said in (digest, "Imported by Lin Yue", "B-1", "B-2"):
        assert said in receipt


def test_the_page_names_what_is_wrong_by_row_and_column(cast):
    client = signed_in(cast.lin)

    checked = sent(
        client, files.HEAD + "B-1,2026-02-01,94.4,0.2,\nB-2,soon,94.4,0.2,1%\n"
    )

    assert refused(checked) == [
        "Nothing was imported: a file is imported completely or not at all. Correct"
        " these rows and check the file again.",
        "soon is not a date; type year-month-day, such as 2026-11-23.",
        "1% has a unit after the number; type the number without %, because the test"
        " gives the unit.",
    ]
    assert typed(checked, "sha256") is None
    said = words(checked)
    assert "made soon is not a date" in said
    # The map is there still, for the corrected file.
    assert typed(checked, "map_text") == files.MAP.strip()


def test_what_is_wrong_in_many_rows_is_said_once_with_the_rows(cast):
    rows = "".join(f"B-{n},2026-02-01,94.4,0.2,1%\n" for n in range(1, 13))

    checked = sent(signed_in(cast.lin), files.HEAD + rows)

    assert len(refused(checked)) == 2
    assert "12 rows: 2–13 " in words(checked)


def test_one_fault_of_many_lots_is_said_once_and_names_what_a_file_gives(cast):
    Organisation.objects.filter(name="Carniola Actives d.o.o.").update(is_ours=False)
    rows = "".join(f"B-{n},2026-02-01,94.4,0.2,1\n" for n in range(1, 6))

    checked = sent(signed_in(cast.lin), files.HEAD + rows)

    said = (
        "Carniola Actives d.o.o. is not our own company, so give issuer_role"
        " (repacker, reprocessor or agent) and original_certificate_number as columns"
        " or constants. If it is our own company, have QA mark it so on its page."
    )
    assert refused(checked)[1:] == [said]
    assert f"issuer_role {said} 5 rows: 2–6" in words(checked)


def test_lots_stored_already_are_one_fault_with_one_of_them_named(cast, at):
    lot_import.import_lots(
        by=cast.lin, at=at, upload=csv(files.GOOD), map_text=files.MAP
    )

    checked = sent(signed_in(cast.lin), files.GOOD + "\n")

    said = "batch For example: Nothing was stored: lot B-1 is already logged as B-1"
    assert said in words(checked)
    assert len(refused(checked)) == 3
    assert "{batch}" not in "".join(refused(checked))


@pytest.mark.parametrize(
    ("text", "map_text", "said"),
    [
        (
            "a\x00b",
            files.MAP,
            "Row 1 has a NUL byte, so this is not text in UTF-8; save the file as CSV"
            " UTF-8 or as .xlsx.",
        ),
        (files.GOOD, "", "Type a column map, or choose an earlier one."),
        (
            files.GOOD,
            "lot = ",
            "The map is not TOML: Invalid value (at end of document).",
        ),
    ],
    ids=["unreadable", "no map", "no TOML"],
)
def test_the_page_shows_a_refusal_and_keeps_the_map(cast, text, map_text, said):
    answer = sent(signed_in(cast.lin), text, map_text)

    assert (answer.status_code, refused(answer) or errors(answer)) == (422, [said])
    assert typed(answer, "map_text") == map_text.strip()


def errors(answer):
    """Return what is said beside the fields of the page's form."""
    return [one for each in answer.context["form"].errors.values() for one in each]


def test_an_earlier_map_can_be_used_again(cast, at):
    earlier = lot_import.import_lots(
        by=cast.marek, at=at, upload=csv(files.GOOD), map_text=files.MAP
    )

    checked = sent(
        signed_in(cast.lin),
        files.HEAD + "B-3,2026-02-01,94.4,0.2,\n",
        "",
        earlier=earlier.pk,
    )

    assert typed(checked, "map_text") == files.MAP
    assert "Import 1 lot" in words(checked)


def test_confirming_what_was_not_checked_is_refused(cast):
    answer = signed_in(cast.lin).post(
        "/imports/run/", {"sha256": "0" * 64, "map_text": files.MAP}
    )

    assert (answer.status_code, refused(answer)) == (
        422,
        ["The file that was checked is no longer here; choose it again."],
    )
    assert typed(answer, "map_text") == files.MAP.strip()


@pytest.mark.postgres
def test_the_second_confirmation_is_refused(cast):
    client = signed_in(cast.lin)
    checked = sent(client, files.GOOD)
    confirmation = {name: typed(checked, name) for name in ("sha256", "map_text")}

    client.post("/imports/run/", confirmation)
    again = client.post("/imports/run/", confirmation)

    [said] = refused(again)
    assert (again.status_code, said[:39]) == (
        422,
        "lots.csv was imported before, as lots.c",
    )
    assert ImportedFile.objects.count() == 1


def test_templates_are_downloads(cast):
    client = signed_in(cast.lin)
    material = real_lots.found()

    header = client.get("/imports/template/", {"material": material.pk})
    map_of = client.get("/imports/template/", {"material": material.pk, "map": "1"})

    assert (header["Content-Disposition"], header.content.decode()) == (
        'attachment; filename="zag-api.csv"',
        template.template(material=material),
    )
    assert (map_of["Content-Disposition"], map_of.content.decode()) == (
        'attachment; filename="zag-api.toml"',
        template.template_map(material=material),
    )
    assert client.get("/imports/template/").url == "/imports/new/"


@pytest.mark.parametrize("username", ["sofia", "chen", "maria", "ines"])
def test_other_readers_see_imports_and_cannot_make_one(cast, at, username):
    imported = lot_import.import_lots(
        by=cast.lin, at=at, upload=csv(files.GOOD), map_text=files.MAP
    )
    client = signed_in(getattr(cast, username))

    seen = [words(client.get(url)) for url in ("/imports/", f"/imports/{imported.pk}/")]
    refusals = [
        client.get("/imports/new/").status_code,
        client.get("/imports/template/").status_code,
        sent(client, files.GOOD).status_code,
        client.post(
            "/imports/run/", {"sha256": "0" * 64, "map_text": files.MAP}
        ).status_code,
    ]

    assert all("lots.csv" in each for each in seen)
    assert "Import a file" not in seen[0]
    assert refusals == [403] * 4


QUERIES = {"list": 7, "receipt": 9}


@pytest.mark.parametrize("count", [1, 30])
def test_pages_ask_the_same_number_of_queries(cast, at, count):
    for lots in [1] * (count - 1) + [count]:
        numbers = [f"B-{ImportedFile.objects.count()}-{lot}" for lot in range(lots)]
        text = files.HEAD + "".join(f"{one},2026-02-01,94.4,0.2,1\n" for one in numbers)
        imported = lot_import.import_lots(
            by=cast.lin, at=at, upload=csv(text), map_text=files.MAP
        )
    client = signed_in(cast.lin)
    client.get("/imports/")

    asked = {}
    for name, url in (("list", "/imports/"), ("receipt", f"/imports/{imported.pk}/")):
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        asked[name] = len(queries)

    assert asked == QUERIES
