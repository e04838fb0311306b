"""Chained names: what the audit trail calls each table and column.

Entries, digests and signed texts hold these names, so no rename may change them. Add a
row here when you rename a table or a column, and a row in ADDED when you add a column;
a model of another app tells of its own with `tell_added`.
A new Python name with the old `db_table` or `db_column` needs no row.
"""

from functools import cache
from typing import Any, TypeAlias

from django.apps import apps
from django.db import models

from lots.rules import chain
from lots.rules.chain import Plain

Field: TypeAlias = "models.Field[Any, Any]"

# Today's table: what the trail calls it.
TABLES: dict[str, str] = {}
# (Today's table, today's column): what the trail calls the column. For instance
# ("lots_lot", "manufacturer_id"): "maker_id".
COLUMNS: dict[tuple[str, str], str] = {}
# What a row leaves out, in the trail's names: the framework renews it at sign-in,
# without an act of a person (assurance.md T-13).
UNRECORDED = {"last_login"}
# Columns of which the trail holds a digest alone: (the trail's table, its name for the
# column): the attribute that gives it. A hash of a password that somebody put there by
# SQL is found, and who reads the trail has nothing to guess at.
DIGESTED = {("lots_user", "password"): "password_digest"}
# Columns of which the trail holds a long text by its beginning, length and digest: the
# row has it whole, once, and never changes. The attribute gives what the trail holds.
ABRIDGED = {("lots_signature", "text"): "told_text"}
# Tables of which one entry may tell of several new records. They are append-only: no
# later entry is of such a record.
TOLD_TOGETHER = frozenset(("lots_result", "lots_mark"))
# What most of their records hold, left out where they do.
USUAL: dict[str, dict[str, Plain]] = {
    "lots_result": {
        "attempt": "1",
        "kind": "first",
        "source": "page",
        "needs_confirmation": False,
    }
}
# Columns added since rows were first recorded, in the trail's names, with what they
# say where nothing was said: left out of a digest then, so that the digests of before
# hold after a migration.
ADDED: dict[str, dict[str, Plain]] = {
    "lots_lot": {"left_out": None},
    "lots_result": {"run": "", "started_on": None, "decimals": ""},
    "lots_sample": {"is_in_process": False, "early_reason": ""},
    "lots_test": {"injections": "1", "attribute": "", "is_text": False},
    "lots_procedure": {
        "state": "",
        "drafted_by_id": None,
        "drafted_at": None,
        "signature_id": None,
        "is_limit_test": False,
        "uncertainty": "",
    },
    "lots_specification": {
        "prints_in_order": False,
        "purpose": "release",
        "endotoxin_constant": "",
        "endotoxin_dose": "",
        "body_weight": "",
        "endotoxin_source": "",
    },
    "lots_criterion": {"is_compendial": False, "decimals": None},
    "lots_organisation": {"is_ours": False},
    "lots_unaffected": {"failure_id": None},
    "lots_user": {
        "password": None,
        "employee_number": "",
        "employee_key": "",
        "one_with": [],
        "awaits_confirmation": False,
    },
    "lots_qualification": {
        "date_kind": "retest",
        "use_by_days": "30",
        "cause_since": None,
        "caused_at": None,
    },
    "lots_investigation": {
        "cause_kind": "",
        "evidence": "",
        "evidence_file_id": None,
        "production": "",
        "other_lots": "",
    },
    "lots_site": {"most_retests": "9"},
    "lots_columnmap": {
        "withdrawn_at": None,
        "withdrawn_by_id": None,
        "withdrawn_because": "",
    },
}
# Columns that list keys: (the trail's table, today's column): the table of the records.
LISTS = {
    ("lots_assessment", "due"): "lots_test",
    ("lots_result", "inputs"): "lots_result",
    ("lots_user", "one_with"): "lots_user",
}


def tell_added(model: type[models.Model], columns: dict[str, Plain]) -> None:
    """Tell of the columns that a model of another app got later, as ADDED does."""
    ADDED[table(model)] = columns


def table(model: type[models.Model] | models.Model) -> str:
    """Return what the trail calls the model's table."""
    return TABLES.get(model._meta.db_table, model._meta.db_table)


@cache
def fields(model: type[models.Model]) -> dict[str, Field]:
    """Return the fields that the trail records of the model, by its names for them."""
    named = {}
    for field in model._meta.concrete_fields:
        # A concrete field has a column; the stubs cannot say so.
        column = field.column or field.attname
        named[COLUMNS.get((model._meta.db_table, column), column)] = field
    return {name: field for name, field in named.items() if name not in UNRECORDED}


@cache
def attributes(model: type[models.Model]) -> tuple[tuple[str, str], ...]:
    """Return the pairs (the trail's name, attribute of a record) of the model's row."""
    called = table(model)
    given = DIGESTED | ABRIDGED
    return tuple(
        (name, given.get((called, name), field.attname))
        for name, field in fields(model).items()
    )


@cache
def recorded_model(name: str) -> type[models.Model] | None:
    """Return the model whose table the trail calls so; None if there is none."""
    return next((model for model in apps.get_models() if table(model) == name), None)


@cache
def unsaid(name: str) -> dict[str, Plain]:
    """Return what each column of this table holds where no entry has said anything.

    A column that was added since held what ADDED says, one that USUAL has what is
    usual; any other was blank. So the blank of a column must not change: null stays
    null.
    """
    model = recorded_model(name)
    blank = {
        column: _blank(field)
        for column, field in (fields(model) if model else {}).items()
    }
    return blank | ADDED.get(name, {}) | USUAL.get(name, {})


def _blank(field: Field) -> Plain:
    if field.null:
        return None
    return [] if isinstance(field, models.JSONField) else ""


def abridged(name: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Return the changes of an entry with long texts as the trail tells them today.

    Until version 0.6.0 it held the text of a signature whole.
    """
    for column in changes:
        if (name, column) in ABRIDGED:
            old, new = changes[column]
            changes = changes | {column: [old, chain.abridged(new)]}
    return changes


def is_digested(field: Field) -> bool:
    """Say whether the trail holds a digest of the column and not its value."""
    return (table(field.model), field.column or field.attname) in DIGESTED


def listed_table(field: Field) -> str:
    """Return the table whose keys the column lists; nothing if it lists no keys."""
    return LISTS.get((table(field.model), field.column or field.attname), "")


def without_added(name: str, said: dict[str, Plain]) -> dict[str, Plain]:
    """Return a row of this table without the columns that say nothing new."""
    added = ADDED.get(name)
    if not added:
        return said
    return {
        column: value
        for column, value in said.items()
        if column not in added or added[column] != value
    }
