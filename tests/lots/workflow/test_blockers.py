"""Page and verb say the same: an open decision is taken, a closed one is refused.

Each situation is brought about by the verbs; what the page of the lot says of every
decision is then held against what the verb does.
"""

import html
import re

import pytest
from django.db import transaction

from lots.demo import bench
from lots.intake import test_orders
from lots.models import Lot, Specification
from lots.release import disposition
from lots.rules.refusal import Refusal
from lots.rules.step_table import STEPS
from lots.setup import qualifications, specification_versions
from lots.wording import sentence
from tests.lots.pages import signed_in, words
from tests.lots.situations import ORAL
from tests.world import change

DECISIONS = ("hold", "resume", "reject", "recall", "void", "reopen")


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


def complete(world, lot, at):
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)


def released(world, lot, at):
    complete(world, lot, at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)


def reopened(world, lot, at):
    released(world, lot, at)
    bench.decide(
        world.cast, disposition.reopen, lot, at=at, reason="Why", deviation="DEV-1"
    )


def failed(world, lot, at):
    bench.enter(lot, world, {"ROI": "0.4"}, by=world.cast.lin, at=at)


def blended(world, lot, at):
    released(world, lot, at)
    bench.log(
        world.cast,
        world,
        at=at,
        number="BAC-26-002",
        origin="reprocessing",
        parents=((lot, "50"),),
    )


def parent_only(world, lot, at):
    bench.log(
        world.cast,
        world,
        at=at,
        number="BAC-26-002",
        origin="reprocessing",
        parents=((lot, "50"),),
    )


def on_hold(world, lot, at):
    disposition.hold(lot=lot, by=world.cast.chen, at=at, reason="Why")


def rejected(world, lot, at):
    bench.decide(world.cast, disposition.reject, lot, at=at, reason="Why")


def recalled(world, lot, at):
    released(world, lot, at)
    bench.decide(world.cast, disposition.recall, lot, at=at, reason="Why")


def void(world, lot, at):
    bench.decide(world.cast, disposition.void, lot, at=at, reason="Why")


def concluded(world, lot, at):
    failed(world, lot, at)
    case = lot.investigations.get()
    bench.conclude(
        world.cast,
        lot,
        case,
        at=at,
        conclusion="proven",
        cause="Seen in the photograph",
    )


def undecided(world, lot, at):
    bench.enter(lot, world, {"CD": "<0.9"}, by=world.cast.lin, at=at)


SITUATIONS = {
    "logged": lambda world, lot, at: None,
    "failed": failed,
    "concluded": concluded,
    "undecided": undecided,
    "complete": complete,
    "released": released,
    "reopened": reopened,
    "went-into-others": blended,
    "parent": parent_only,
    "on-hold": on_hold,
    "rejected": rejected,
    "recalled": recalled,
    "void": void,
}


def told(client, lot):
    """Return what the page of the lot says of its decisions: blank, or why closed."""
    body = client.get(f"/lots/{lot.pk}/").content.decode()
    found = {}
    for code in DECISIONS:
        if re.search(rf'<a href="/lots/{lot.pk}/{code}/"', body):
            found[code] = ""
        why = re.search(rf"<dt>{re.escape(STEPS[code].name)}</dt><dd>(.*?)</dd>", body)
        if why:
            assert code not in found, f"{code} is open and closed on one page"
            found[code] = html.unescape(why[1])
    return found


def refused(world, lot, at, code):
    """Return what the verb says against the decision, blank if it takes it; undone."""
    chosen = Lot.objects.get(pk=lot.pk)
    more = {"deviation": "DEV-2"} if code == "reopen" else {}
    verb = getattr(disposition, code)
    with transaction.atomic():
        try:
            if code == "hold":
                verb(lot=chosen, by=world.cast.chen, at=at, reason="Why")
            else:
                bench.decide(world.cast, verb, chosen, at=at, reason="Why", **more)
        except Refusal as refusal:
            return sentence(refusal)
        finally:
            transaction.set_rollback(True)
    return ""


@pytest.mark.parametrize("situation", SITUATIONS)
def test_page_closes_exactly_what_the_verb_refuses(world, lot, at, situation):
    SITUATIONS[situation](world, lot, at)

    page = told(signed_in(world.cast.chen), lot)

    assert page == {code: refused(world, lot, at, code) for code in DECISIONS}


def test_lot_that_was_never_released_offers_no_recall_and_no_reopening(world, lot):
    page = told(signed_in(world.cast.chen), lot)

    assert {code for code, why in page.items() if not why} == {"hold", "reject", "void"}
    assert page["recall"] == (
        "Lot BAC-26-001 was never released, so it cannot be recalled; reject it."
    )
    assert page["reopen"] == (
        "Lot BAC-26-001 is not released, so it cannot be reopened."
    )


def suspend(world, lot, at):
    qualifications.suspend_qualification(
        qualification=lot.qualification,
        by=world.cast.chen,
        at=at,
        reason="Audit finding",
        since=lot.manufactured_on,
    )


def retire(world, lot, at):
    specification_versions.withdraw_specification(
        specification=lot.assessments.get().specification,
        by=world.cast.chen,
        at=at,
        reason="Replaced",
    )


@pytest.mark.parametrize("close", [suspend, retire])
def test_next_step_of_a_closed_release_is_what_the_verb_would_say(
    world, lot, at, close
):
    complete(world, lot, at)
    client = signed_in(world.cast.chen)

    def next_step():
        page = client.get(f"/lots/{lot.pk}/")
        return page.context["next_step"]

    assert str(next_step().words) == "Decide on the release."
    assert next_step().address

    close(world, lot, at)
    with pytest.raises(Refusal) as refused:
        bench.release(world.cast, lot, "BAC-ORAL", at=at)

    first = getattr(refused.value, "refusals", [refused.value])[0]
    assert str(next_step().words) == str(sentence(first))
    assert (next_step().who, next_step().address) == ("QA", "")


def test_release_that_the_records_close_says_so_on_lot_and_release_page(world, lot, at):
    complete(world, lot, at)
    change(
        Specification.objects.get(code="BAC-ORAL"),
        by=world.cast.olga,
        at=at,
        state="withdrawn",
    )
    client = signed_in(world.cast.chen)
    sentence = "BAC-ORAL v1 was retired, so nothing is released against it;"
    address = f"/assessments/{lot.assessments.get().pk}/release/"

    said = words(client.get(f"/lots/{lot.pk}/"), of="release")
    page = client.get(address)

    assert "All conditions met" not in said
    assert sentence in said
    assert address not in client.get(f"/lots/{lot.pk}/").content.decode()
    assert "Not met The specification is not withdrawn " + sentence in words(page)
    assert 'name="password"' not in page.content.decode()


def test_steps_on_results_are_closed_while_none_waits(world, lot, at):
    client = {name: signed_in(getattr(world.cast, name)) for name in ("lin", "tomas")}

    def why(name):
        body = client[name].get(f"/lots/{lot.pk}/").content.decode()
        return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", body))

    assert why("lin")["Submit results"] == (
        "No result of lot BAC-26-001 waits to be submitted."
    )
    assert why("tomas")["Review results"] == (
        "No result of lot BAC-26-001 is submitted and waits for review."
    )
    bench.enter(lot, world, {"ROI": "0.04"}, by=world.cast.lin, at=at, submit=False)
    assert "Submit results" not in why("lin")
    assert "Review results" in why("tomas")
    bench.enter(lot, world, {"APP": "White powder"}, by=world.cast.lin, at=at)
    assert "Review results" not in why("tomas")


def test_review_is_closed_to_who_entered_everything_that_waits(world, lot, at):
    sofia = world.cast.sofia
    sofia.roles = ["analyst", "reviewer"]
    sofia.save()
    bench.enter(lot, world, {"ROI": "0.04"}, by=sofia, at=at)
    client = signed_in(sofia)

    def page():
        return words(client.get(f"/lots/{lot.pk}/"))

    assert (
        "“Review results” of BAC-26-001 takes another person: you entered"
        " facts or results of it and performed tests of it." in page()
    )
    bench.enter(lot, world, {"APP": "White powder"}, by=world.cast.lin, at=at)
    assert "“Review results” of BAC-26-001 takes another person" not in page()


def test_review_leads_to_the_test_order_whose_results_wait(world, lot, at):
    first = lot.test_orders.get()
    bench.enter(lot, world, {"ROI": "0.04"}, by=world.cast.lin, at=at)
    test_orders.open_test_order(lot=lot, by=world.cast.lin, at=at, occasion="stability")

    body = signed_in(world.cast.tomas).get(f"/lots/{lot.pk}/").content.decode()

    assert f'href="/test-orders/{first.pk}/review/"' in body
