"""The frame of every page, as people and axe-core meet it."""

import pytest

from lots.demo.people import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def administrator(transactional_db, world):
    return world.cast.admin


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_sign_in_page_is_accessible(page, violations, scheme):
    page.emulate_media(color_scheme=scheme)

    page.goto("/sign-in/")

    assert violations() == []


def test_sign_in_and_out_with_the_keyboard_alone(
    page, live_server, administrator, violations
):
    page.goto("/accounts/")
    page.keyboard.type("admin")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/accounts/")

    assert violations() == []

    page.get_by_role("button", name="Sign out").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/sign-in/")


def test_skip_link_is_first_and_leads_to_the_content(page, live_server):
    page.goto("/no-such-page/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "content"


def test_question_mark_shows_the_keys_and_escape_closes_them(
    page, live_server, administrator, violations
):
    page.goto("/accounts/")
    page.fill("#id_username", "admin")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/accounts/")

    page.keyboard.press("?")

    assert page.get_by_role("dialog", name="Keyboard shortcuts").is_visible()
    assert violations() == []

    page.keyboard.press("Escape")

    assert page.get_by_role("dialog", name="Keyboard shortcuts").is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_that_the_keyboard_reaches_shows_the_focus_ring(
    page, transactional_db, world, scheme
):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto("/lots/log/")
    page.fill("#id_username", "lin")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Log the lot").wait_for()

    rings = {}
    page.locator("main").focus()
    while "Log the lot" not in rings:
        page.keyboard.press("Tab")
        name, ring = page.evaluate(
            """() => {
                const { id, textContent } = document.activeElement;
                const { outlineStyle, outlineWidth, boxShadow } =
                    getComputedStyle(document.activeElement);
                return [id || textContent, [outlineStyle, outlineWidth, boxShadow]];
            }"""
        )
        rings[name] = ring

    assert len(rings) > 15
    assert {tuple(ring) for ring in rings.values()} == {("solid", "3px", "none")}


def test_refused_form_is_in_the_focus_and_leads_to_each_wrong_field(
    page, transactional_db, world, violations
):
    page.goto("/lots/log/")
    page.fill("#id_username", "lin")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Log the lot").click()
    page.get_by_role("alert").get_by_text("Not saved: correct").wait_for()

    assert page.title() == "Error: Log a lot · qatracker"
    assert page.evaluate("document.activeElement.className") == "refused"
    assert violations() == []

    page.get_by_role("link", name="Packaging is missing").press("Enter")

    assert page.evaluate("document.activeElement.id") == "id_packaging"


@pytest.mark.parametrize("width", [1440, 1100, 390])
def test_nothing_of_a_page_moves_while_it_comes(page, transactional_db, world, width):
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver((seen) => {"
        " for (const one of seen.getEntries()) window.moved += one.value;"
        "}).observe({type: 'layout-shift', buffered: true});"
    )
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/specifications/")
    page.fill("#id_username", "lin")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Specifications").wait_for()

    for path in ("/specifications/", "/lots/", "/"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.fonts.check('13px Plex')")
        assert page.evaluate("window.moved") == 0, path
