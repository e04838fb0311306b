"""Master data are kept as long as the trail says that nothing of them changed."""

import pytest
from django.apps import apps

from lots.demo import bench
from lots.evaluation import evaluator
from lots.evidence import audit, chained_names
from lots.models import AuditEntry, Signature
from lots.rules.refusal import Refusal
from lots.setup import master_data
from tests.lots.lot import rows
from tests.lots.pages import signed_in, words
from tests.world import change

ORAL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
TABLES = master_data._TABLES - {chained_names.table(Signature)}


def kept():
    return [
        model
        for model in apps.get_models()
        if chained_names.table(model) in master_data._TABLES
    ]


def test_whatever_a_kept_row_names_is_kept_or_never_changes():
    """A row that is kept keeps what it names beside it."""
    named = {
        (model.__name__, field.name)
        for model in kept()
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model not in kept()
    }

    assert named == {("Signature", "lot")}


def test_a_change_of_a_kept_row_is_an_entry_of_no_lot():
    """By the last of these the rows are known to be as they were read."""
    of_lots = {
        model
        for model in kept()
        if any(field.name == "lot" for field in model._meta.concrete_fields)
    }

    # A signature of no lot comes with the record that it approves.
    assert of_lots == {Signature}


def test_work_on_lots_reads_no_master_data_again(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    evaluator.evaluate(lot)
    before = master_data.current()

    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)

    assert master_data.current() is before


@pytest.mark.parametrize(
    "changed",
    [
        rows.account,
        rows.renamed,
        rows.site_of,
        rows.method,
        rows.statement,
        rows.specification_in_force,
    ],
)
def test_master_data_are_read_again_after_a_change(world, at, changed):
    before = master_data.current()

    changed(world, at, 7)

    of_lots = AuditEntry.objects.exclude(lot=None).filter(table__in=TABLES)
    assert master_data.current() is not before
    assert not of_lots.exists()


def test_lot_is_judged_by_what_a_test_is_now(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, {"ROI": "0.02"}, by=world.cast.lin, at=at)
    client = signed_in(world.cast.lin)
    address = f"/test-orders/{lot.test_orders.get().pk}/"
    assert "Ignition residue" not in words(client.get(address))

    change(world.tests["ROI"], by=world.cast.olga, at=at, name="Ignition residue")

    assert "Ignition residue" in words(client.get(address))


def test_act_that_changes_master_data_reads_them_as_it_made_them(world, at):
    catalogue = master_data.current().catalogue(world.material.pk)
    test = world.tests["ROI"]
    with audit.act(by=world.cast.olga, at=at, action="change_test") as act:
        act.change(test, name="Ignition residue")

        inside = master_data.current().catalogue(world.material.pk)

    assert catalogue.tests[test.pk].name != "Ignition residue"
    assert inside.tests[test.pk].name == "Ignition residue"


def test_nothing_is_kept_of_an_act_that_was_refused(world, at):
    test = world.tests["ROI"]
    name = test.name

    def refused():
        with audit.act(by=world.cast.olga, at=at, action="change_test") as act:
            act.change(test, name="Ignition residue")
            master_data.current().catalogue(world.material.pk)
            raise Refusal("no", "Nothing was stored.")

    with pytest.raises(Refusal):
        refused()

    found = master_data.current().catalogue(world.material.pk).tests[test.pk]
    assert found.name == name
