"""Each act of the trail reads as one sentence, made from what its entries hold."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots import calendar
from lots.accounts import users
from lots.demo import bench
from lots.history import history, recorded_acts
from lots.models import AuditEntry
from lots.setup import organisations
from lots.wording import ACTIONS
from tests.lots.evidence import acts

# No verb has this code, or it starts a real site, which a test of its own does. A
# recalculation is no act: the program works a value out within another one.
NO_VERB = {"recalculation", "start_site"}


def whole_trail():
    return history.of(AuditEntry.objects.select_related("lot").order_by("sequence"))


def latest(action):
    return [told for told in whole_trail() if told.head.action == action][-1]


@pytest.mark.parametrize(
    ("action", "take", "sentence"),
    acts.MADE,
    ids=[f"{action}-{place}" for place, (action, *__) in enumerate(acts.MADE)],
)
def test_act_reads_as_a_sentence(world, at, action, take, sentence):
    case = acts.Case(world, at)

    take(case)

    told = whole_trail()
    assert [one.sentence for one in told if one.head.action == action][-1] == (
        sentence.format(day=case.lot.manufactured_on, year=calendar.today(at).year)
    )
    assert acts.raw(told) == []


def test_every_action_has_a_sentence_that_was_seen():
    assert {action for action, *__ in acts.MADE} | NO_VERB == set(ACTIONS)


def test_start_of_a_real_site_reads_as_a_sentence(empty, at):
    users.start_site(
        at=at,
        username="ada",
        printed_name="Ada Byron",
        title="Administrator",
        employee_number="E-201",
        password=acts.OTHER,
    )

    assert latest("start_site").sentence == (
        "The server started the site with 1 account: Ada Byron (ada)."
    )


def test_sentence_keeps_the_name_of_the_day(world, at):
    """A later change of the name does not reach what was said of the day."""
    case = acts.Case(world, at)
    organisation = organisations.add_organisation(
        **case.olga, name="Old Name", address="1 Quay", telephone="1"
    )
    organisations.change_organisation(
        organisation=organisation,
        **case.olga,
        reason="Renamed",
        name="New Name",
        address="1 Quay",
        telephone="1",
        is_customer=False,
        is_ours=False,
    )

    assert [latest("add_organisation").sentence] == [
        "Olga Petrova added the organisation Old Name."
    ]
    assert latest("change_organisation").sentence == (
        "Olga Petrova changed the name of Old Name from Old Name to New Name;"
        " reason: Renamed."
    )


def test_act_is_whole_where_a_filter_finds_one_entry_of_it(world, at):
    case = acts.Case(world, at)
    acts.many(case)
    found = list(AuditEntry.objects.filter(table="lots_investigation"))

    [told] = history.around(found)

    assert [entry.table for entry in told.act.entries] == [
        *["lots_result"] * 4,
        "lots_investigation",
    ]
    assert told.sentence.startswith("Lin Yue entered 4 results of release testing;")


def test_entry_that_was_altered_is_an_act_of_its_own(world, at):
    """It agrees with none any more, and the trail shows it none the less."""
    altered = AuditEntry.objects.order_by("-sequence").first()
    altered.by_name = "Nobody"

    [told] = history.around([altered])

    assert [entry.by_name for entry in told.act.entries] == ["Nobody"]
    assert told.sentence.startswith("Nobody ")


def test_heads_are_the_first_entries_of_acts(world, at):
    acts.many(acts.Case(world, at))
    entries = AuditEntry.objects.order_by("sequence")

    heads = recorded_acts.heads(entries)

    # Where the clock stood still, as in the set-up, several acts have one head.
    assert {one.sequence for one in heads} <= {
        told.head.sequence for told in whole_trail()
    }
    assert list(heads.values_list("action", flat=True))[-3:] == [
        "log",
        "sample",
        "enter",
    ]


def test_entries_that_do_not_hold_the_record_say_the_step(world):
    entry = AuditEntry(
        sequence=9,
        action="release",
        by_name="Chen Fang (chen)",
        changes={},
        reason="R.",
    )
    unknown = AuditEntry(sequence=9, action="no-code", account="root", changes={})

    assert [told.sentence for told in history.of([entry])] == [
        "Chen Fang took the step: Release; justification: R."
    ]
    assert [told.sentence for told in history.of([unknown])] == [
        "Server account root took the step: no-code."
    ]


def test_names_are_looked_up_once_for_a_whole_history(world, at):
    case = acts.Case(world, at)
    acts.many(case)
    with CaptureQueriesContext(connection) as of_few:
        few = [told.sentence for told in whole_trail()]
    for number in range(10):
        bench.log(world.cast, world, at=at, number=f"BAC-26-8{number:02}")

    with CaptureQueriesContext(connection) as of_many:
        many = [told.sentence for told in whole_trail()]

    assert len(many) == len(few) + 20
    assert len(of_many) == len(of_few)
