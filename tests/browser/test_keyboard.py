"""Keys: the palette, the next of a list, find; and single keys switched off."""

import pytest

from lots.demo import bench
from lots.demo.people import PASSWORD

pytestmark = pytest.mark.browser

NUMBERS = ("BAC-26-001", "BAC-26-002", "BAC-26-003")


@pytest.fixture
def lots(transactional_db, world, at):
    return [bench.log(world.cast, world, at=at, number=number) for number in NUMBERS]


@pytest.fixture
def lin(page, live_server, lots):
    """The list of lots as an analyst sees it, the one logged last first."""
    page.goto("/lots/")
    page.fill("#id_username", "lin")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/lots/")
    return page


def heading(page):
    return page.locator("main h1").inner_text()


def test_j_and_k_walk_the_list_and_the_pages_that_it_leads_to(lin, live_server, lots):
    lin.keyboard.press("j")
    lin.keyboard.press("j")
    assert lin.evaluate("document.activeElement.textContent") == "BAC-26-002"
    lin.keyboard.press("Enter")
    lin.wait_for_url(f"{live_server.url}/lots/{lots[1].pk}/")
    assert lin.locator("#site-sequence [data-place]").inner_text() == "2 / 3"

    lin.keyboard.press("j")
    lin.wait_for_url(f"{live_server.url}/lots/{lots[0].pk}/")
    assert heading(lin) == "BAC-26-001"
    lin.keyboard.press("k")
    lin.wait_for_url(f"{live_server.url}/lots/{lots[1].pk}/")
    lin.get_by_role("link", name="Previous").click()
    lin.wait_for_url(f"{live_server.url}/lots/{lots[2].pk}/")


def test_palette_leads_to_an_action_with_the_keyboard_alone(
    lin, live_server, lots, violations
):
    lin.goto(f"/lots/{lots[0].pk}/")
    lin.keyboard.press("Control+k")
    palette = lin.get_by_role("dialog", name="Actions")
    palette.get_by_role("link", name="Take a sample").wait_for()

    assert violations() == []
    assert palette.get_by_role("link", name="Release").count() == 0

    lin.keyboard.type("take a")
    lin.keyboard.press("Enter")
    lin.wait_for_url(f"{live_server.url}/lots/{lots[0].pk}/samples/new/")


def test_slash_finds_and_leads_to_the_lot(lin, live_server, lots):
    lin.keyboard.press("/")
    lin.keyboard.type("bac-26-003")
    lin.keyboard.press("Enter")

    lin.wait_for_url(f"{live_server.url}/lots/{lots[2].pk}/")


def test_question_mark_lists_the_shortcuts(lin):
    """Again after the palette was closed, which gives back the focus."""
    lin.keyboard.press("Control+k")
    lin.locator("#site-command").wait_for()
    lin.keyboard.press("Escape")
    lin.locator("#site-command").wait_for(state="hidden")
    lin.keyboard.press("?")

    lin.locator("#site-keys").wait_for()
    for key in ("/", "j", "k", "?"):
        assert lin.locator("#site-keys kbd", has_text=key).count()
    lin.keyboard.press("Escape")
    lin.locator("#site-keys").wait_for(state="hidden")


def test_typed_text_is_no_shortcut(lin):
    lin.locator("#id_q").click()
    lin.keyboard.type("j?k/")

    assert lin.locator("#id_q").input_value() == "j?k/"
    assert lin.locator("#site-keys").is_hidden()


def test_single_keys_are_off_for_who_switched_them_off(lin, live_server):
    lin.goto("/accounts/own/")
    lin.get_by_label("Shortcuts of a single key").uncheck()
    lin.get_by_label("Dark").check()
    lin.get_by_role("button", name="Save preferences").click()
    lin.get_by_text("Your preferences are kept.").first.wait_for()
    lin.goto("/lots/")

    for key in ("?", "/", "j"):
        lin.keyboard.press(key)

    assert lin.locator("#site-keys").is_hidden()
    assert lin.evaluate("document.activeElement.tagName") == "BODY"
    # The theme of the account, whatever the system says.
    assert (
        lin.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    )
    lin.keyboard.press("Control+k")
    assert lin.get_by_role("dialog", name="Actions").is_visible()


def test_keys_of_a_review_lead_to_the_signature_and_to_the_page_of_a_return(
    page, live_server, lots, world, at
):
    bench.enter(lots[0], world, {"MEOH": "112"}, by=world.cast.lin, at=at, submit=True)
    order = lots[0].test_orders.get()
    page.goto(f"/test-orders/{order.pk}/review/")
    page.fill("#id_username", "sofia")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign 1 selected").wait_for()

    page.keyboard.press("a")

    assert page.evaluate("document.activeElement.name") == (
        "stated_compared_with_raw_data"
    )

    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("r")

    page.wait_for_url(f"{live_server.url}/test-orders/{order.pk}/send-back/?*")
