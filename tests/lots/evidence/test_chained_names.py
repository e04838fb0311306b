"""Names of the first version stay in the trail, whatever code and database say."""

import json
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from lots import wording
from lots.evaluation import evaluator
from lots.evidence import audit, chained_names, verification
from lots.models import Lot, Result, Role
from lots.results import calculation
from tests.lots.evidence import first_version

CODES = Path(__file__).parent / "golden" / "first-version-codes.json"
NOT_EVIDENCE = {
    "lots_auditentry",
    "lots_preferences",
    "lots_releasedays",
    "lots_standing",
}


@pytest.fixture(autouse=True)
def _read_anew():
    """Let the map be read before and after a test that changes it."""
    forget()
    yield
    forget()


def forget():
    for read in (
        chained_names.fields,
        chained_names.attributes,
        chained_names.unsaid,
        chained_names.recorded_model,
    ):
        read.cache_clear()


def first():
    """Return the columns of every table of evidence of the first version."""
    return {
        table: set(told["columns"]) - chained_names.UNRECORDED
        for table, told in first_version.stored()["tables"].items()
        if table not in NOT_EVIDENCE
    }


def now():
    """Return the names that the trail has for them today."""
    return {
        chained_names.table(model): set(chained_names.fields(model))
        for model in verification.evidence()
    }


def lost():
    """Return what the trail named in the first version and cannot name any more."""
    known = now()
    return {
        (table, column)
        for table, columns in first().items()
        for column in columns - known.get(table, set())
    }


def untold():
    """Return the columns added since that ADDED does not tell of."""
    known = now()
    return {
        (table, column)
        for table, columns in first().items()
        for column in known.get(table, set())
        - columns
        - set(chained_names.ADDED.get(table, ()))
    }


def test_every_name_of_the_first_version_is_known():
    """Who renames a table or a column gives it a row in `chained_names`."""
    assert lost() == set()


def test_every_column_added_since_is_told():
    """Who adds a column to a table of then says in ADDED what it was until now."""
    assert untold() == set()


def test_map_names_what_there_is():
    """A row left over, or mistyped, would say nothing."""
    columns = {
        (model._meta.db_table, field.column)
        for model in verification.evidence()
        for field in model._meta.concrete_fields
    }

    assert set(chained_names.COLUMNS) <= columns
    assert set(chained_names.TABLES) <= {table for table, _column in columns}
    assert {
        (table, column)
        for table, added in chained_names.ADDED.items()
        for column in added
    } <= {(table, column) for table, known in now().items() for column in known}


def test_every_code_of_the_first_version_is_known():
    """Rows and entries hold codes; a new word for one leaves the code as it is."""
    known = {
        f"{chained_names.table(model)}.{column}": dict(field.flatchoices)
        for model in apps.get_models()
        for column, field in chained_names.fields(model).items()
        if field.choices
    }
    known["lots_user.roles"] = set(Role)
    known["lots_auditentry.action"] = wording.ACTIONS
    known["lots_auditentry.table"] = wording.RECORDS

    assert {
        (place, code)
        for place, codes in json.loads(CODES.read_text("utf-8")).items()
        for code in codes
        if code not in known.get(place, ())
    } == set()


def test_determinations_of_the_first_version_are_read_and_written_alike():
    """Their names are inside a chained column, where the map does not reach."""
    typed = [
        one["determinations"]
        for one in first_version.rows("lots_result")
        if one["determinations"]
    ]

    assert typed
    assert [
        [
            calculation.stored(read)
            for read in evaluator.stored_determinations(Result(determinations=each))
        ]
        for each in typed
    ] == typed


def test_renamed_column_is_missed_until_the_map_has_it(monkeypatch):
    monkeypatch.setattr(Lot._meta.get_field("site"), "column", "manufacturer_id")

    assert (lost(), untold()) == (
        {("lots_lot", "site_id")},
        {("lots_lot", "manufacturer_id")},
    )

    forget()
    monkeypatch.setitem(
        chained_names.COLUMNS, ("lots_lot", "manufacturer_id"), "site_id"
    )
    assert (lost(), untold()) == (set(), set())


def test_renamed_table_is_missed_until_the_map_has_it(monkeypatch):
    monkeypatch.setattr(Lot._meta, "db_table", "lots_batch")

    assert {table for table, _column in lost()} == {"lots_lot"}

    forget()
    monkeypatch.setitem(chained_names.TABLES, "lots_batch", "lots_lot")
    assert (lost(), untold()) == (set(), set())


@isolate_apps("lots")
def test_record_has_its_digest_under_every_name(monkeypatch):
    """Named otherwise in Python alone, or in the database too."""

    class Vessel(models.Model):
        maker = models.CharField(max_length=9)

        class Meta:
            app_label = "lots"

        def __str__(self):
            return self.maker

    class Drum(models.Model):
        manufacturer = models.CharField(max_length=9, db_column="maker")

        class Meta:
            app_label = "lots"
            db_table = "lots_vessel"

        def __str__(self):
            return self.manufacturer

    class Barrel(models.Model):
        manufacturer = models.CharField(max_length=9)

        class Meta:
            app_label = "lots"

        def __str__(self):
            return self.manufacturer

    first = audit.row_digest(Vessel(pk=1, maker="Taihu"))
    barrel = Barrel(pk=1, manufacturer="Taihu")

    assert audit.row(Drum(pk=1, manufacturer="Taihu")) == {"id": "1", "maker": "Taihu"}
    assert audit.row_digest(Drum(pk=1, manufacturer="Taihu")) == first
    assert audit.row_digest(barrel) != first

    forget()
    monkeypatch.setitem(chained_names.TABLES, "lots_barrel", "lots_vessel")
    monkeypatch.setitem(chained_names.COLUMNS, ("lots_barrel", "manufacturer"), "maker")
    assert chained_names.table(Barrel) == "lots_vessel"
    assert audit.row_digest(barrel) == first
