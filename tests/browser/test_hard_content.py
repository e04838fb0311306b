"""What the pages look like with names of one long word and with very long reasons."""

import datetime

import pytest
from django.conf import settings

from lots.demo import baclofen, bench
from lots.release import disposition
from lots.setup import materials, organisations
from tests.lots.pages import signed_in

pytestmark = pytest.mark.browser

WORD = "Handelsgesellschaft"


@pytest.fixture
def page(page, live_server, world):
    """Return the page with an analyst signed in."""
    session = signed_in(world.cast.lin).cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies(
        [{"name": session.key, "value": session.value, "url": live_server.url}]
    )
    return page


@pytest.fixture
def lot(world, at):
    """Return a lot whose names, reasons and references are words without an end."""
    manufacturer = organisations.add_organisation(
        by=world.cast.olga,
        at=at,
        name=(WORD * 11)[:200],
        address=(WORD * 22)[:400],
        telephone="1",
        is_ours=True,
    )
    site = organisations.add_site(
        by=world.cast.olga,
        at=at,
        organisation=manufacturer,
        name=(WORD * 7)[:120],
        address="6 Lake Road",
        telephone="1",
        manufactures=True,
        tests=True,
    )
    process = (WORD * 5)[:80]
    baclofen.qualify(
        world.cast,
        at=at,
        material=world.material,
        site=site,
        use="oral",
        process=process,
        months=36,
        since=at.date() - datetime.timedelta(400),
    )
    lot = bench.log(
        world.cast,
        world,
        at=at,
        number="M" * 37,
        site=site,
        process=process,
        use_document_reference="R" * 120,
        note="n" * 300,
    )
    materials.add_material(
        by=world.cast.olga,
        at=at,
        name=(WORD * 7)[:120],
        item_code="I" * 40,
        cas_number="not assigned",
        storage="S" * 200,
    )
    bench.enter(lot, world, {"MEOH": "112"}, by=world.cast.lin, at=at, submit=False)
    bench.enter(
        lot,
        world,
        {"MEOH": "113"},
        by=world.cast.lin,
        at=at,
        submit=False,
        seen=1,
        kind="transcription",
        reason="x" * 400,
    )
    disposition.hold(lot=lot, by=world.cast.lin, at=at, reason="y" * 400)
    return lot


def test_words_without_an_end_make_no_page_scroll_sideways(page, lot):
    test_order = lot.test_orders.get()
    wrong = []
    for path in (
        f"/lots/{lot.pk}/",
        f"/lots/{lot.pk}/record/",
        f"/test-orders/{test_order.pk}/",
        "/lots/",
        "/lots/log/",
        "/organisations/",
        "/materials/",
        "/qualifications/",
        "/",
    ):
        page.goto(path)
        for width in (1280, 768, 390):
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append((path, width))

    assert wrong == []


def test_a_long_reason_leaves_the_values_of_the_attempts_in_view(page, lot):
    page.goto(f"/lots/{lot.pk}/attempts/")

    typed = page.locator("#attempts td.typed").first.bounding_box()

    assert typed["x"] + typed["width"] < 1280


def test_only_the_value_of_a_replaced_result_is_crossed_out(page, lot):
    page.goto(f"/lots/{lot.pk}/attempts/")

    struck = page.locator("#attempts tr.struck").first

    assert (
        struck.locator("td.typed").first.evaluate(
            "cell => getComputedStyle(cell).textDecorationLine"
        )
        == "line-through"
    )
    assert struck.evaluate("row => getComputedStyle(row).textDecorationLine") == "none"


def test_a_lot_on_hold_says_so_once(page, lot):
    page.goto(f"/lots/{lot.pk}/")

    assert page.locator(".lot-title").inner_text().count("On hold") == 1


def test_nothing_of_the_record_is_cut_off_at_the_edge_of_the_sheet(page, lot):
    page.set_viewport_size({"width": 1032, "height": 900})
    page.emulate_media(media="print")

    page.goto(f"/lots/{lot.pk}/record/")

    beyond = page.locator(".paper :is(td, th, p, time)").evaluate_all(
        "all => all.filter(one => one.getBoundingClientRect().right > innerWidth)"
        ".map(one => one.textContent.trim())"
    )
    assert beyond == []


def test_the_record_has_no_head_and_foot_of_the_site_on_paper(page, lot):
    page.emulate_media(media="print")

    page.goto(f"/lots/{lot.pk}/record/")

    assert page.locator(".side, .site-foot").evaluate_all(
        "all => all.map(one => getComputedStyle(one).display)"
    ) == ["none", "none"]


def test_a_result_in_words_leaves_its_criterion_the_width_of_words(page, world, at):
    lot = bench.log(world.cast, world, at=at, number="BIT-26-901", use="intrathecal")
    bench.enter(lot, world, bench.IT_RESULTS, by=world.cast.lin, at=at)
    page.set_viewport_size({"width": 390, "height": 900})

    page.goto(f"/lots/{lot.pk}/")

    widths = page.locator(".result-row > :is(th, .result-criterion)").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().width)"
    )
    assert len(widths) > 60
    assert min(widths) > 100


def test_every_place_of_the_site_is_in_the_menu_of_a_narrow_page(page, lot):
    page.set_viewport_size({"width": 390, "height": 900})

    page.goto("/")
    page.locator(".site-menu summary").click()

    links = page.locator(".site-menu .nav a")
    assert links.count() == 9
    for box in (link.bounding_box() for link in links.all()):
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_the_days_of_my_work_are_in_view_on_a_narrow_page(page, world, at):
    bench.log(world.cast, world, at=at, number="BAC-26-901")
    page.set_viewport_size({"width": 390, "height": 900})

    page.goto("/")

    days = page.locator(".work td.number").first.bounding_box()
    shown = page.locator(".work .table-scroll").first.bounding_box()
    assert days["x"] + days["width"] <= shown["x"] + shown["width"]


def test_a_name_in_the_records_trail_is_not_broken_into_letters(page, lot):
    page.set_viewport_size({"width": 1032, "height": 900})
    page.emulate_media(media="print")

    page.goto(f"/lots/{lot.pk}/record/")

    lines = page.locator(".trail td:nth-child(3)").first.evaluate(
        "cell => { const range = document.createRange();"
        " range.selectNodeContents(cell); return range.getClientRects().length; }"
    )
    assert lines <= 2
