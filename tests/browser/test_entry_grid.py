"""The entry grid by keyboard and by paste: every value lands on its own test."""

from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from lots.demo import bench
from lots.demo.people import PASSWORD
from lots.models import Investigation, Result

pytestmark = pytest.mark.browser

PASTE = """text => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    document.activeElement.dispatchEvent(new ClipboardEvent(
        "paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


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


def test_test_takes_one_line_and_the_counts_stay_in_view(page, site, show):
    """Twenty tests on a screen of 1440 × 900; a list of peaks grows as it is typed."""
    page.set_viewport_size({"width": 1440, "height": 900})
    show()

    heights = sorted(
        page.locator(f"#row-{site.tests[code].pk}").bounding_box()["height"]
        for code in ("APP", "ASSAY", "IMPA", "WATER", "MEOH", "CD", "TAMC", "D90")
    )
    foot = page.locator(".save-bar").bounding_box()

    # A long method takes a second line.
    assert heights[4] <= 32
    assert heights[-1] <= 40
    assert foot["y"] + foot["height"] <= 900


def test_list_of_peaks_shows_the_next_one_when_the_last_is_typed(page, site, show):
    show()
    peaks = page.locator(f"#row-{site.tests['UNSPEC'].pk} .peak:not(.peak-heads)")
    assert peaks.count() > 2
    assert [one.is_visible() for one in peaks.all()[:3]] == [True, False, False]

    cell(page, site, "UNSPEC").fill("RRT 0.45")
    assert [one.is_visible() for one in peaks.all()[:3]] == [True, True, False]

    cell(page, site, "UNSPEC").fill("")
    assert [one.is_visible() for one in peaks.all()[:3]] == [True, False, False]


def test_result_can_be_typed_in_view_on_a_narrow_page(page, site, show):
    page.set_viewport_size({"width": 390, "height": 844})
    show()

    for code in ("APP", "WATER"):
        box = page.locator(f"#row-{site.tests[code].pk} .cell").bounding_box()
        assert box["x"] + box["width"] <= 390


# --- a row is stored once all that it asks for is typed -------------------------------


def saved(page, site, code):
    page.locator(f"#row-{site.tests[code].pk} .saved").wait_for()


def cell(page, site, code, place=0):
    return page.locator(f"#row-{site.tests[code].pk} .cell").nth(place)


def focused(page):
    """Return the code of the row that has the focus, and the name of what has it."""
    return page.evaluate(
        """() => [document.activeElement.closest("tr")?.dataset.test ?? "",
                  (document.activeElement.name ?? "").replace(/^t\\d+-/, "")]"""
    )


def by_enter(page):
    page.keyboard.press("Enter")


def by_tab(page):
    for _cell in range(12):
        page.keyboard.press("Tab")


def by_click(page):
    page.get_by_role("heading", level=1).click()


@pytest.mark.parametrize("leave", [by_enter, by_tab, by_click])
def test_named_peak_is_stored_when_its_row_is_left(page, site, show, leave):
    show()
    cell(page, site, "UNSPEC").focus()
    page.keyboard.type("RRT 0.81")
    page.keyboard.press("Enter" if leave is by_enter else "Tab")
    page.keyboard.type("0.06")

    leave(page)
    saved(page, site, "UNSPEC")

    peak = Result.objects.get(test=site.tests["UNSPEC"]).determinations
    assert [(one["component"], one["text"]) for one in peak] == [("RRT 0.81", "0.06")]


def test_pasted_peaks_are_stored(page, site, show, paste):
    show()

    paste("UNSPEC", "RRT 0.81\t0.06", "RRT 1.32\t0.03")
    page.get_by_role("button", name="Store them").click()
    saved(page, site, "UNSPEC")

    assert [one["text"] for one in Result.objects.get().determinations] == [
        "0.06",
        "0.03",
    ]


def test_statement_of_no_peaks_is_stored_when_its_row_is_left(page, site, show):
    show()

    page.locator(f"#row-{site.tests['UNSPEC'].pk} input[type=checkbox]").check()
    cell(page, site, "ROI").focus()
    saved(page, site, "UNSPEC")

    assert [one["text"] for one in Result.objects.get().determinations] == ["ND"]


def test_peak_without_its_value_is_not_stored_and_said(page, site, show):
    show()
    cell(page, site, "UNSPEC").focus()
    page.keyboard.type("RRT 0.81")

    cell(page, site, "ROI").focus()

    said = "Not stored: fill in every value, or press Save."
    row = page.locator(f"#row-{site.tests['UNSPEC'].pk} .row-status")
    assert row.inner_text() == said
    assert page.locator("#announcement").inner_text().endswith(said)
    assert stored() == []
    assert cell(page, site, "UNSPEC").input_value() == "RRT 0.81"


def test_enter_goes_to_the_value_that_the_row_lacks_then_on(page, site, show):
    show()
    cell(page, site, "ASSAY").focus()
    page.keyboard.type("99.4")
    page.keyboard.press("Enter")
    within = focused(page)
    page.keyboard.type("99.7")
    page.keyboard.press("Enter")
    after = focused(page)
    saved(page, site, "ASSAY")

    assert within == ["Assay (anhydrous basis)", "value2"]
    assert after[0] == "Impurity A (lactam)"
    # The answer took neither the focus nor what is typed meanwhile.
    assert focused(page) == after


def test_answer_keeps_what_is_typed_in_a_row_that_it_replaces(page, site, show):
    """Water brings its assay, in whose row a correction may have been begun."""
    show()
    for code, values in {"ASSAY": ("99.4", "99.7")}.items():
        for place, value in enumerate(values):
            cell(page, site, code, place).fill(value)
        page.keyboard.press("Enter")
        saved(page, site, code)
    cell(page, site, "WATER").fill("0.21")
    page.locator(f"#row-{site.tests['ASSAY'].pk} summary").first.click()
    row = page.locator(f"#row-{site.tests['ASSAY'].pk}")
    reason, further = row.locator("[name$=-reason]"), row.locator(".cell").first
    row.locator("select[name$=kind]").select_option("transcription")
    reason.fill("Misread")
    further.focus()
    page.keyboard.type("99.5")
    saved(page, site, "WATER")

    assert further.input_value() == "99.5"
    assert reason.input_value() == "Misread"
    assert row.locator("select[name$=kind]").input_value() == "transcription"


def test_button_of_a_row_moves_on_at_once(page, site, show):
    show()
    cell(page, site, "ROI").fill("<0.05")

    page.locator(f"#row-{site.tests['ROI'].pk}").get_by_role(
        "button", name="Save"
    ).click()
    saved(page, site, "ROI")

    assert focused(page)[0] == "Methanol"


def test_refused_row_is_marked_and_announced_and_keeps_what_was_typed(
    page, site, show, violations
):
    show()
    cell(page, site, "ROI").fill("0,05")
    page.keyboard.press("Enter")
    row = page.locator(f"#row-{site.tests['ROI'].pk}.grid-row-refused")
    row.wait_for()

    assert cell(page, site, "ROI").input_value() == "0,05"
    assert row.locator(".refusal").count() == 1
    assert page.locator("#announcement").inner_text() != ""
    assert focused(page)[0] == "Methanol"
    assert violations() == []


# --- a fail is seen where it happens --------------------------------------------------


@pytest.fixture
def failed(page, site, show):
    show()
    cell(page, site, "MEOH").fill("3200")
    page.keyboard.press("Enter")
    row = page.locator(f"#row-{site.tests['MEOH'].pk}.grid-row-oos")
    row.wait_for()
    return row


def test_fail_turns_its_row_and_names_its_investigation(page, failed, violations):
    number = Investigation.objects.get().number

    said = f"Out of specification: investigation {number} is open."
    assert said in failed.inner_text()
    assert failed.get_by_role("link", name=number).count() == 1
    assert said in page.locator("#announcement").inner_text()
    assert violations() == []


def test_correction_of_a_fail_is_one_key_away(page, site, failed):
    """C in the row; Alt+C from the next one. In a box C is a letter."""
    page.keyboard.press("Alt+c")
    from_the_next = focused(page)
    kind = failed.locator("select[name$=kind]").input_value()
    page.keyboard.type("c")
    typed = failed.locator('[name$="-reason"]').input_value()
    failed.locator("summary").first.click()
    failed.get_by_role("button", name="Correct it").focus()
    page.keyboard.press("c")

    assert (from_the_next, kind, typed) == (
        ["Methanol", "reason"],
        "transcription",
        "c",
    )
    assert focused(page) == ["Methanol", "reason"]


def test_letter_outside_the_row_corrects_nothing(page, site, failed):
    cell(page, site, "TOL").focus()
    page.keyboard.type("c")

    assert cell(page, site, "TOL").input_value() == "c"
    assert failed.locator("details.further[open]").count() == 0
