"""Release blocked: no list, count or task offers a release that the verb refuses.

What closes it happens elsewhere: each cause is brought about by its verb, and every
page is held against what the release itself says; then it is lifted, where it can be.
"""

import csv
import datetime
import io
from types import SimpleNamespace

import pytest

from lots import calendar
from lots.demo import bench
from lots.evidence.documents import Upload
from lots.intake import log
from lots.models import LotStatus, ReleaseDays
from lots.rules.refusal import Refusal
from lots.rules.states import Stage
from lots.workflow import lot_stage, lot_status_rebuild
from tests.lots import causes
from tests.lots.pages import signed_in, words
from tests.lots.setup.qualified import qualified

# What PostgreSQL could work out otherwise: a qualification, and parents of parents.
_THERE = ("suspended qualification", "hold of a parent")
ON_BOTH = [
    pytest.param(one, marks=pytest.mark.postgres if one in _THERE else ())
    for one in causes.CAUSES
]

DAY = datetime.timedelta(days=1)


@pytest.fixture
def chen(world):
    return signed_in(world.cast.chen)


@pytest.fixture
def case(world, at, chen):
    return SimpleNamespace(world=world, at=at, cast=world.cast, client=chen)


# --- what the pages say -------------------------------------------------------------


def found(client, **query):
    rows = client.get("/lots/", query).context["table"].page.object_list
    return causes.NUMBER in [row.record.number for row in rows]


def says(client, lot):
    """Return the stage that each page gives the lot, by page; only one stage each."""
    [row] = [
        one
        for one in client.get("/lots/").context["table"].page.object_list
        if one.record.pk == lot.pk
    ]
    export = client.get("/lots/", {"format": "csv", "q": causes.NUMBER})
    [line] = csv.DictReader(io.StringIO(b"".join(export).decode("utf-8-sig")))
    stages = {
        stage: stage.word
        for stage in (Stage.TO_RELEASE, Stage.BLOCKED, Stage.DATE_PASSED)
    }

    def one_of(text):
        return [stage for stage, word in stages.items() if word in text]

    dashboard = client.get("/dashboard/").context["open_lots"]
    counted = [
        stage
        for stage, word in stages.items()
        for one in dashboard
        if one["name"] == word
        and causes.NUMBER in [
            each.number for each in client.get(one["url"]).context["table"].data
        ]
    ]  # fmt: skip
    return {
        "chip": one_of(row.get_cell("stage")),
        "export": [Stage.of(line["State"])],
        "filter": [one for one in stages if found(client, stage=one.value)],
        "dashboard": counted,
        "lot page": one_of(words(client.get(f"/lots/{lot.pk}/"))),
        "my work": [
            stage
            for stage, task in (
                (Stage.TO_RELEASE, "to_release"),
                (Stage.BLOCKED, "release_blocked"),
            )
            if found(client, task=task)
        ],
        "quick": [Stage.TO_RELEASE] if found(client, quick="ready") else [],
    }


def all_say(stage):
    return {
        page: [stage]
        for page in ("chip", "export", "filter", "dashboard", "lot page", "my work")
    } | {"quick": [stage] if stage == Stage.TO_RELEASE else []}


@pytest.mark.parametrize("cause", ON_BOTH)
def test_every_page_says_what_the_release_would_say(case, cause):
    make, close, open_again = causes.CAUSES[cause]
    lot = make(case)
    assert says(case.client, lot) == all_say(Stage.TO_RELEASE)

    close(case, lot)

    assert says(case.client, lot) == all_say(Stage.BLOCKED)
    assert list(lot_status_rebuild.differences()) == []
    with pytest.raises(Refusal):
        bench.release(case.cast, lot, "BAC-ORAL", at=case.at)
    if open_again is None:
        return

    open_again(case, lot)

    assert says(case.client, lot) == all_say(Stage.TO_RELEASE)
    assert list(lot_status_rebuild.differences()) == []
    causes.release(case, lot)
    assert not ReleaseDays.objects.filter(lot=lot).exists()
    assert list(lot_status_rebuild.differences()) == []


def test_my_work_lists_a_blocked_release_by_itself(case):
    lot = causes.single(case)
    causes.suspend(case, lot)

    said = words(case.client.get("/"))

    assert "0 To release" in said
    assert "Releases blocked 1" in said


def test_bought_lot_is_blocked_until_the_original_certificate_is_there(case):
    lot = causes.complete(
        case, issuer_role="repacker", original_certificate_number="NEP/26-0091"
    )
    assert says(case.client, lot) == all_say(Stage.BLOCKED)

    log.attach_original(
        lot=lot, by=case.cast.marek, at=case.at, upload=Upload("c.txt", b"Complies")
    )

    assert says(case.client, lot) == all_say(Stage.TO_RELEASE)
    assert list(lot_status_rebuild.differences()) == []


# --- days ---------------------------------------------------------------------------


def stages_of(lot, *days):
    rows = LotStatus.objects.filter(pk=lot.pk)
    return [lot_stage.on_day(rows, day).get().stage_on_day for day in days]


@pytest.mark.postgres
def test_release_closes_with_the_qualification_and_opens_with_the_next(case):
    """No act is needed for a day to come: the days are kept, as the verb takes them."""
    today = calendar.today(case.at)
    qualified(case.world, case.at, process="BP-11", valid_until=today + 10 * DAY)
    lot = causes.complete(case, process="BP-11")
    ends, begins = today + 10 * DAY, today + 20 * DAY
    assert stages_of(lot, today, ends, ends + DAY) == [
        Stage.TO_RELEASE, Stage.TO_RELEASE, Stage.BLOCKED,
    ]  # fmt: skip

    # A renewal that covers the day of manufacture, from a later day on.
    qualified(
        case.world, case.at, process="BP-11", valid_from=today - 900 * DAY,
        valid_until=begins + 5 * DAY,
    )  # fmt: skip

    assert stages_of(lot, ends + DAY, begins + 5 * DAY, begins + 6 * DAY) == [
        Stage.TO_RELEASE, Stage.TO_RELEASE, Stage.BLOCKED,
    ]  # fmt: skip
    on = ends + DAY
    ready = LotStatus.objects.filter(lot_stage.condition(Stage.TO_RELEASE, on))
    assert [one.pk for one in ready] == [lot.pk]


def test_days_that_are_over_are_no_difference(case):
    lot = causes.single(case)
    today = calendar.today(case.at)
    ReleaseDays.objects.create(
        lot=lot, first_on=today - 9 * DAY, last_on=today - 5 * DAY
    )

    assert list(lot_status_rebuild.differences()) == []


@pytest.mark.postgres
def test_verification_finds_days_that_somebody_changed(case):
    lot = causes.single(case)
    ReleaseDays.objects.filter(lot=lot).update(first_on=calendar.today(case.at) + DAY)

    [found] = lot_status_rebuild.differences()
    assert found.columns == ("release_days",)
    assert lot_status_rebuild.rebuild().differed == (found,)
    assert list(lot_status_rebuild.differences()) == []
    assert says(case.client, lot) == all_say(Stage.TO_RELEASE)


def test_page_of_a_blocked_lot_says_once_what_blocks_it(case):
    """As the next step, and not again under the assessment."""
    lot = causes.single(case)
    causes.suspend(case, lot)

    page = case.client.get(f"/lots/{lot.pk}/").content.decode()

    panel = page.partition('id="release"')[2].partition("</section>")[0]
    assert panel.count("is suspended: Audit finding") == 1
    assert "All conditions met" not in panel
