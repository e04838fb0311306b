"""What is written again from memory is what the verbs wrote, and no more is taken."""

import pickle

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext

from lots.demo.bench import IT_RESULTS, enter, log, release, review
from lots.evidence import stored_entries
from lots.models import Lot
from lots.rules import chain
from lots.rules.refusal import Refusal, Refusals, Word
from lots.rules.step_table import NotAllowed
from tests.bench_memory import Bench, Situation, _kept
from tests.lots.pages import signed_in


def rows():
    """Return every row of our tables, as stored."""
    return {
        model._meta.db_table: list(model.objects.order_by("pk").values())
        for label in ("lots", "reports")
        for model in apps.get_app_config(label).get_models()
    }


def released(work, world, at):
    """Release an intrathecal lot step by step; return it and its results."""
    cast, signed = world.cast, {"at": at}
    lot = work.take(
        log, (cast, world), {**signed, "number": "BAC-26-901", "use": "intrathecal"}
    )
    results = work.take(
        enter, (lot, world, IT_RESULTS), {**signed, "by": world.cast.lin}
    )
    work.take(review, (cast, lot), signed)
    work.take(release, (cast, lot, "BAC-IT"), signed)
    return lot, results


def test_what_is_written_again_is_what_the_verbs_wrote(world, at, monkeypatch):
    known, found = Situation(), []
    for _ in range(2):
        with transaction.atomic(), CaptureQueriesContext(connection) as asked:
            work = Bench(known, monkeypatch)
            with connection.execute_wrapper(work.watch):
                lot, results = released(work, world, at)
            statements = len(asked)
            stored = rows()
            first_break = chain.first_break(stored_entries.entries_of_chain())
            left = model_to_dict(lot), [one.pk for one in results]
            found.append((stored, first_break, left, statements))
            transaction.set_rollback(True)

    (once, *of_once, asked), (again, *of_again, asked_again) = found
    assert again == once
    assert of_again == of_once
    assert of_once[0] is None
    assert asked_again < asked / 2


def test_other_arguments_are_another_step(world, at, monkeypatch):
    known = Situation()
    for number in ("BAC-26-001", "BAC-26-002"):
        work = Bench(known, monkeypatch)
        with transaction.atomic(), connection.execute_wrapper(work.watch):
            work.take(log, (world.cast, world), {"at": at, "number": number})
            assert Lot.objects.get().number == number
            transaction.set_rollback(True)


def test_nothing_is_taken_from_memory_after_another_write(world, at, monkeypatch):
    known = Situation()
    work = Bench(known, monkeypatch)
    with connection.execute_wrapper(work.watch):
        world.cast.lin.save(update_fields=["title"])
        work.take(log, (world.cast, world), {"at": at, "number": "BAC-26-001"})

    assert (work.situation, known.next) == (None, {})


def test_sign_in_before_a_step_leaves_it_in_memory(world, at, monkeypatch):
    """It writes who came and when, which no step reads."""
    known = Situation()
    work = Bench(known, monkeypatch)
    with connection.execute_wrapper(work.watch):
        signed_in(world.cast.lin)
        work.take(log, (world.cast, world), {"at": at, "number": "BAC-26-001"})

    assert work.situation is not None
    assert len(known.next) == 1


@pytest.mark.parametrize("change", ["attribute", "item", "setting"])
def test_nothing_is_taken_from_memory_after_a_patch(
    remembers, monkeypatch, settings, change
):
    if change == "attribute":
        with monkeypatch.context() as patch:
            patch.setattr("lots.demo.bench.typed", tuple)
    elif change == "item":
        with monkeypatch.context() as patch:
            patch.setitem(IT_RESULTS, "BET", "0.3")
    else:
        settings.CHECK_URL_BASE = "https://example.com"

    assert remembers.situation is None


def test_refusal_that_a_step_returned_is_told_again_as_it_was():
    """An evaluation carries what blocks it, each made with names beside its places."""
    said = Refusal("odd", "Lot %(lot)s is odd.", field="lot", lot="B-1")
    several = Refusals([said, NotAllowed("role", "Ask %(who)s.", who=Word("QA"))])

    one, all_of_them = pickle.loads(_kept((said, several)))

    assert (type(one), vars(one), str(one)) == (Refusal, vars(said), "Lot B-1 is odd.")
    assert [str(each) for each in all_of_them.refusals] == [
        "Lot B-1 is odd.",
        "Ask QA.",
    ]
