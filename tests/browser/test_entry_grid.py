"""The entry grid by keyboard and by paste: every value lands on its own test."""

from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from lots.demo import bench
from lots.demo.people import PASSWORD
from lots.models import Result

pytestmark = pytest.mark.browser

PASTE = """text => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    document.activeElement.dispatchEvent(new ClipboardEvent(
        "paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def site(transactional_db, world):
    """The set-up, in a database that the server reads too."""
    return world


@pytest.fixture
def lot(site, at):
    return bench.log(site.cast, site, at=at, number="BAC-26-130")


@pytest.fixture
def show(page, site, lot):
    """Return a function that opens the grid as an analyst."""

    def shown():
        path = reverse("lots:test_order", args=[lot.test_orders.get().pk])
        page.goto(path)
        page.fill("#id_username", "lin")
        page.fill("#id_password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: urlsplit(url).path == path)
        page.wait_for_load_state()

    return shown


@pytest.fixture
def paste(page, site):
    """Return a function that pastes these lines into the first cell of a test."""

    def pasted(code, *lines):
        page.locator(f"#row-{site.tests[code].pk} .cell").first.focus()
        page.evaluate(PASTE, "\r\n".join(lines) + "\r\n")

    return pasted


def taken(page):
    return [
        one.split("\n") for one in page.locator("#pasted dl > div").all_inner_texts()
    ]


def not_taken(page):
    return page.locator("#pasted li").all_inner_texts()


def stored():
    return [
        (result.test.code, [each["text"] for each in result.determinations])
        for result in Result.objects.select_related("test").order_by("pk")
        if result.source != "computed"
    ]


def test_pasted_line_lands_on_its_own_test_beside_those_that_are_stored(
    page, site, lot, show, paste, at, violations
):
    first = {"IDB": "Corresponds", "WATER": "0.21", "IMPA": "0.04"}
    bench.enter(lot, site, first, by=site.cast.lin, at=at, submit=False)
    show()

    paste("APP", "White powder", "Conformed", "Corresponds", "99.4\t99.7\t99.8",
          "0.05", "0.03", "0.08", "0.22", "<0.05", "112")  # fmt: skip

    assert taken(page) == [
        ["Appearance", "White powder"],
        ["Assay (anhydrous basis): determination 1", "99.4"],
        ["Assay (anhydrous basis): determination 2", "99.7"],
        ["Residue on ignition", "<0.05"],
        ["Methanol", "112"],
    ]
    assert not_taken(page) == [
        "Identification A (IR): Conformed is not one of Conforms, Does not conform; not"
        " pasted.",
        "Identification B (LC): has a result already; Corresponds not pasted.",
        "Assay (anhydrous basis): has no more boxes; 99.8 not pasted.",
        "Impurity A (lactam): has a result already; 0.05 not pasted.",
        "Any unspecified impurity (largest): needs peaks with their names; 0.03 not"
        " pasted.",
        "Total impurities: is calculated from other tests; 0.08 not pasted.",
        "Water (Karl Fischer): has a result already; 0.22 not pasted.",
    ]
    assert violations() == []

    before = stored()
    page.get_by_role("button", name="Store them").click()
    page.locator(f"#row-{site.tests['MEOH'].pk} .saved").wait_for()

    assert stored()[len(before) :] == [
        ("APP", ["White powder"]),
        ("ASSAY", ["99.4", "99.7"]),
        ("ROI", ["<0.05"]),
        ("MEOH", ["112"]),
    ]
    # What was not pasted is still said.
    assert len(not_taken(page)) == 7
    page.get_by_role("button", name="Close").click()
    assert page.locator("#pasted").is_hidden()


def test_lines_below_the_last_test_are_counted(page, site, show, paste):
    show()

    paste("D90", "141", "1", "2")

    assert taken(page)[0] == ["Particle size D90", "141"]
    assert not_taken(page) == ["Lines below the last test, not pasted: 2."]


def test_block_with_a_cell_of_several_lines_is_not_taken(page, show, paste):
    show()

    paste("ROI", '"<0.05', 'see note"', "112")

    assert taken(page) == []
    assert not_taken(page) == [
        "Nothing pasted: the block has a quotation mark, as around a cell of several"
        " lines. Copy the values without it."
    ]
    assert page.get_by_role("button", name="Store them").is_hidden()


def test_list_of_peaks_is_pasted_into_its_one_test(page, site, show, paste):
    show()

    paste("UNSPEC", "RRT 0.81\t0.06", "RRT 1.32\t0.03")

    name = "Any unspecified impurity (largest): peak"
    assert taken(page) == [
        [f"{name} 1, name or RRT", "RRT 0.81"],
        [f"{name} 1, value", "0.06"],
        [f"{name} 2, name or RRT", "RRT 1.32"],
        [f"{name} 2, value", "0.03"],
    ]
    assert not_taken(page) == []


def test_pasted_block_is_not_stored_by_leaving_it_and_can_be_taken_back(
    page, site, show, paste
):
    show()
    cell = page.locator(f"#row-{site.tests['ROI'].pk} .cell")
    cell.fill("0.07")

    paste("ROI", "<0.05", "112")
    page.keyboard.press("Tab")
    pasted = cell.input_value()
    page.get_by_role("button", name="Undo").click()

    assert (pasted, cell.input_value(), stored()) == ("<0.05", "0.07", [])
    assert page.locator("#pasted").is_hidden()


def test_raw_data_named_once_are_those_of_every_row_stored_by_enter(page, site, show):
    show()
    submit = page.get_by_role("button", name="for review")
    assert submit.is_disabled()
    page.locator(f"#row-{site.tests['MEOH'].pk} [name$=raw_reference]").fill("GC-3")

    page.get_by_label("Raw data reference", exact=True).fill("LN-7, page 12")
    for code, value in {"ROI": "<0.05", "MEOH": "112"}.items():
        page.locator(f"#row-{site.tests[code].pk} .cell").fill(value)
        page.keyboard.press("Enter")
        page.locator(f"#row-{site.tests[code].pk} .saved").wait_for()

    named = Result.objects.values_list("test__code", "raw_reference").order_by("pk")
    assert list(named) == [("ROI", "LN-7, page 12"), ("MEOH", "GC-3")]
    assert submit.is_enabled()


def test_head_of_the_grid_stays_in_view(page, show):
    show()

    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")

    assert page.locator(".grid thead th").first.bounding_box()["y"] == 0


def test_result_can_be_typed_in_view_on_a_narrow_page(page, site, show):
    page.set_viewport_size({"width": 390, "height": 844})
    show()

    for code in ("APP", "WATER"):
        box = page.locator(f"#row-{site.tests[code].pk} .cell").bounding_box()
        assert box["x"] + box["width"] <= 390
