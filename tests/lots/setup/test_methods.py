"""Methods: one person drafts a version, another approves it; results use approved ones.

The attack: QA alone states a LOD under which "Not detected" passes, and a certificate
prints it. By pages, with a control in which the draft is in use at once.
"""

import json

import pytest

from lots.demo import baclofen, bench
from lots.evidence import signatures
from lots.models import AuditEntry, Group, Method, Result
from lots.results import result_entry
from lots.rules.refusal import Refusal
from lots.rules.step_table import NotAllowed
from lots.setup import method_approval, methods, signed_specification
from tests.lots.pages import PASSWORD, refused, shown, signed_in, words
from tests.lots.results.grid import Grid
from tests.world import change

BLUNT = {"code": "GC 1", "lod": "5000", "loq": "9000"}
SHARP = {"code": "GC 1", "lod": "15", "loq": "50"}


def draft(world, **typed):
    """Draft a version of the method of methanol on its page, as QA; return the answer.

    Methanol is NMT 3000 ppm.
    """
    client = signed_in(world.cast.olga)
    key = world.tests["MEOH"].pk
    return client.post(f"/materials/tests/{key}/methods/add/", typed)


def approve(person, *, keys=None):
    """Sign the drafts on the page; return the page that is read, and the answer."""
    client = signed_in(person)
    keys = keys or [one.pk for one in method_approval.drafts()]
    address = "/materials/methods/approve/"
    reading = client.get(address, {"method": keys})
    return reading, client.post(
        address,
        {"method": keys, "password": PASSWORD, "shown": shown(reading)},
    )


def current(world, code="MEOH"):
    return world.tests[code].methods.get(is_current=True)


@pytest.fixture
def blunt(world, at):
    """The method of methanol measures nothing under its limit of 3000 ppm."""
    draft(world, **BLUNT)
    baclofen.approve_methods(world.cast, at=at)
    return current(world)


@pytest.mark.postgres
def test_one_person_of_qa_lets_no_value_pass_by_another_lod(world, at, blunt):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    draft(world, **SHARP)

    answer = Grid(world, lot, at).post("MEOH", "ND")

    assert Result.objects.get().method == blunt
    assert "Undecided" in Grid(world, lot, at).row(answer, "MEOH")


@pytest.mark.postgres
def test_control_where_a_draft_is_in_use_at_once_the_value_passes(world, at, blunt):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    draft(world, **SHARP)
    change(blunt, by=world.cast.olga, at=at, is_current=False)
    waiting = method_approval.drafts().get()
    change(waiting, by=world.cast.olga, at=at, is_current=True)

    answer = Grid(world, lot, at).post("MEOH", "ND")

    assert "Pass" in Grid(world, lot, at).row(answer, "MEOH")


@pytest.mark.parametrize("is_kept", [True, False], ids=["rule", "control"])
def test_correction_keeps_the_method_by_which_the_value_was_measured(
    world, at, blunt, monkeypatch, is_kept
):
    """The attack: type an undecided value again once a sharper method is approved."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    grid = Grid(world, lot, at)
    grid.post("MEOH", "ND")
    draft(world, **SHARP)
    baclofen.approve_methods(world.cast, at=at)
    if not is_kept:
        monkeypatch.setattr(result_entry, "method_of_corrected", lambda *_: None)

    answer = grid.post(
        "MEOH", "ND", seen=1, kind="transcription", reason="Typed with another pen"
    )

    assert answer.status_code == 200
    corrected = Result.objects.get(attempt=2)
    assert (corrected.method == blunt) is is_kept
    assert ("Pass" in grid.row(answer, "MEOH")) is not is_kept


def test_drafter_does_not_approve_and_another_signs_lod_and_loq(world, blunt):
    draft(world, **SHARP)

    _reading, own = approve(world.cast.olga)
    assert refused(own) == [
        "“Approve” of method GC 1 v3 of Methanol takes another person: you drafted it."
    ]
    assert current(world) == blunt

    reading, answer = approve(world.cast.chen)
    assert "Methanol , ppm Baclofen GC 1 v3 5000 → 15 9000 → 50" in words(reading)
    assert (answer.status_code, answer.url) == (302, "/materials/methods/")

    now = current(world)
    blunt.refresh_from_db()
    assert (now.version, now.state, blunt.state) == (3, "approved", "superseded")
    record = signatures.read(now.signature.text, method_approval.METHOD).record
    said = {"method": "GC 1", "is_limit_test": False, "uncertainty": ""}
    assert record["method"]["versions"] == [
        {
            "material": "Baclofen",
            "test": "MEOH",
            "name": "Methanol",
            "unit": "ppm",
            "version": "3",
            "in_use": False,
            "before": {**said, "lod": "5000", "loq": "9000"},
            "after": {**said, "lod": "15", "loq": "50"},
        }
    ]


def test_several_drafts_take_one_signature_and_those_of_the_reader_none(world, at):
    for code in ("MEOH", "CD"):
        methods.add_method(
            by=world.cast.olga, at=at, test=world.tests[code], code="GC 9"
        )
    methods.add_method(by=world.cast.chen, at=at, test=world.tests["PB"], code="ICP 9")
    page = signed_in(world.cast.chen).get("/materials/methods/")
    assert "You drafted it, so another person of QA must approve it." in words(page)
    keys = [one.pk for one in method_approval.drafts().filter(code="GC 9")]
    all_others = "&".join(f"method={key}" for key in keys)
    assert f"/materials/methods/approve/?{all_others}" in page.content.decode().replace(
        "&amp;", "&"
    )

    _reading, answer = approve(world.cast.chen, keys=keys)

    assert answer.status_code == 302
    signed = {current(world, code).signature_id for code in ("MEOH", "CD")}
    assert len(signed) == 1
    assert current(world, "PB").version == 1


def test_later_draft_takes_the_place_of_the_one_that_waits(world):
    draft(world, **BLUNT)
    draft(world, **SHARP)

    states = world.tests["MEOH"].methods.order_by("version").values_list("state")
    assert [state for (state,) in states] == ["approved", "withdrawn", "draft"]


def test_draft_is_withdrawn_with_a_reason(world):
    draft(world, **SHARP)
    waiting = method_approval.drafts().get()
    client = signed_in(world.cast.olga)
    address = f"/materials/methods/{waiting.pk}/withdraw/"

    answer = client.post(address, {"reason": "Not validated yet"})

    assert answer.status_code == 302
    waiting.refresh_from_db()
    assert (waiting.state, current(world).version) == ("withdrawn", 1)
    assert "withdrawn; you can withdraw only a draft" in words(client.get(address))


def test_page_of_a_test_says_who_approved_each_version(world, blunt):
    draft(world, **SHARP)

    said = words(
        signed_in(world.cast.lin).get(f"/materials/tests/{world.tests['MEOH'].pk}/")
    )

    assert "GC 1 3 15 50 – Numbers Waits for approval" in said
    assert "GC 1 2 5000 9000 – Numbers Current approved by Chen Fang" in said
    assert "Superseded approved by Chen Fang" in said


# --- an update invents no approval --------------------------------------------------


@pytest.fixture
def of_before(world):
    """Methods as an update finds them: in use, approved by nobody."""
    Method.objects.filter(is_current=True).update(
        state="", drafted_by=None, drafted_at=None, signature=None
    )


def test_methods_of_before_stay_in_use_and_say_that_nobody_approved_them(
    world, at, of_before
):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")

    Grid(world, lot, at).post("MEOH", "112")

    assert Result.objects.get().method == current(world)
    n = Method.objects.filter(is_current=True).count()
    chen = signed_in(world.cast.chen)
    assert f"{n} methods in use were approved by nobody." in words(chen.get("/"))
    assert "approved by nobody" not in words(signed_in(world.cast.lin).get("/"))
    assert "In use, not approved by anybody" in words(chen.get("/materials/methods/"))


def test_methods_of_before_are_drafted_as_they_are_and_approved(world, at, of_before):
    olga = signed_in(world.cast.olga)
    before = set(Method.objects.filter(is_current=True).values_list("pk", flat=True))

    assert olga.post("/materials/methods/draft/").status_code == 302
    drafted = method_approval.drafts()
    assert {one.pk for one in drafted} == before
    # They are in use all the while.
    assert set(Method.objects.filter(is_current=True).values_list("pk", flat=True)) == (
        before
    )
    assert refused(olga.post("/materials/methods/draft/")) == [
        "Every method in use is approved or has a draft, so there is nothing to draft."
    ]
    reading, answer = approve(world.cast.chen)

    assert "in use already" in words(reading)
    assert answer.status_code == 302
    assert not method_approval.unsigned().exists()
    assert {one.state for one in Method.objects.filter(pk__in=before)} == {"approved"}


def test_draft_of_a_method_in_use_is_let_go_and_the_method_stays(world, of_before):
    signed_in(world.cast.olga).post("/materials/methods/draft/")
    one = current(world)

    draft(world, **SHARP)

    one.refresh_from_db()
    assert (one.state, one.is_current, one.drafted_by) == ("", True, None)
    approve(world.cast.chen)
    one.refresh_from_db()
    # For ever: nobody had approved it.
    assert (one.state, one.is_current, one.signature) == ("", False, None)


def test_draft_of_a_method_in_use_that_was_let_go_is_not_approved(world, at, of_before):
    signed_in(world.cast.olga).post("/materials/methods/draft/")
    drafted = list(method_approval.drafts().filter(test=world.tests["MEOH"]))
    text = method_approval.methods_text(drafted)
    draft(world, **SHARP)

    with pytest.raises(Refusal, match="is no draft any more"):
        method_approval.approve(
            drafted=drafted,
            by=world.cast.chen,
            at=at,
            confirmation=world.cast.confirmation(world.cast.chen, at=at),
            shown=signatures.shown(text),
        )

    assert current(world).signature is None


# --- what else rests on a method ----------------------------------------------------


def test_specification_signs_the_method_with_lod_and_loq_and_the_heading(world, blunt):
    specification = world.material.specifications.get(code="BAC-ORAL")
    text = signed_specification.specification_text(specification)

    [row] = [
        one
        for one in json.loads(text)["specification"]["criteria"]
        if one["test"] == "MEOH"
    ]
    assert row["method"] == {
        "method": "GC 1",
        "version": "2",
        "lod": "5000",
        "loq": "9000",
    }
    assert row["group"] == Group.SOLVENTS


def test_result_that_a_total_without_a_method_adds_up_is_refused(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    part = next(one for one in world.tests.values() if one.component_of_id)
    total = part.component_of
    for one in total.methods.filter(is_current=True):
        change(one, by=world.cast.olga, at=at, is_current=False)

    with pytest.raises(Refusal) as told:
        bench.enter(lot, world, {part.code: "0.04"}, by=world.cast.lin, at=at)

    assert (told.value.code, told.value.field) == (
        "procedure-of-total",
        "determinations",
    )


def test_approval_is_refused_without_the_role_and_writes_nothing(world, at):
    draft(world, **SHARP)
    entries = AuditEntry.objects.count()
    drafted = list(method_approval.drafts())

    with pytest.raises(NotAllowed):
        method_approval.approve(
            drafted=drafted,
            by=world.cast.sofia,
            at=at,
            confirmation=world.cast.confirmation(world.cast.sofia, at=at),
            shown=signatures.shown(method_approval.methods_text(drafted)),
        )

    assert AuditEntry.objects.count() == entries


def test_method_of_before_that_has_a_newer_draft_is_not_offered_to_be_drafted(world):
    Method.objects.filter(test__code="MEOH", is_current=True).update(
        state="", drafted_by=None, drafted_at=None, signature=None
    )
    draft(world, **SHARP)
    chen = signed_in(world.cast.chen)

    assert "Draft them as they are" not in words(chen.get("/materials/methods/"))
    assert "approved by nobody" not in words(chen.get("/"))
