"""The facts of a lot have one list, and the record and the page follow it."""

from dataclasses import fields

from lots.forms.intake import LogLotForm
from lots.models import Lot
from lots.origin.lot_facts import LotFacts

FACTS = {field.name for field in fields(LotFacts)}


def test_record_keeps_every_fact_but_those_that_stand_in_other_rows():
    kept = {field.name for field in Lot._meta.concrete_fields}

    assert FACTS - kept == {"process", "parents"}


def test_page_asks_for_every_fact_and_for_parents_in_rows_of_their_own():
    assert set(LogLotForm.base_fields) == FACTS - {"parents"}
