"""A Chromium for the browser tests, and axe-core to look at its pages."""

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.conftest import CHROMIUM

AXE = Path(__file__).with_name("axe.min.js").read_text()
# Tests run as root in CI and with little shared memory; nothing may call home.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def browser():
    """Return one Chromium for the run."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, which Django takes for async.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(ARGUMENTS)
        ) as chromium:
            yield chromium


@pytest.fixture
def page(browser, live_server):
    """Return a page on the live server; fails the test if the console complained.

    A blocked style or script is such a complaint. That an answer was 4xx is not.
    """
    complaints = []
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(10_000)
    opened = context.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console",
        lambda message: (
            complaints.append(message.text)
            if message.type in ("error", "warning")
            and "Failed to load resource" not in message.text
            else None
        ),
    )

    yield opened

    context.close()
    assert complaints == []


def leave(page):
    """Leave the page as nobody, once all that it asked for has come.

    A part of it still on its way would bring its session's cookie back.
    """
    page.wait_for_load_state("networkidle")
    page.goto("about:blank")
    page.context.clear_cookies()


@pytest.fixture
def violations(page):
    """Return a function that lists what axe-core objects to on the page.

    By all its rules, or by those that are named.
    """

    def found(*rules):
        if page.evaluate("() => !window.axe"):
            page.evaluate(AXE)
        # What passes is not written down for each element: that took half of the time.
        asked = {"preload": False, "resultTypes": ["violations"]}
        if rules:
            asked["runOnly"] = {"type": "rule", "values": rules}
        answer = page.evaluate("asked => axe.run(asked)", asked)
        return [
            (one["id"], [node["target"] for node in one["nodes"]])
            for one in answer["violations"]
        ]

    return found


@pytest.fixture
def site(transactional_db, world):
    """The set-up, in a database that the server reads too."""
    return world
