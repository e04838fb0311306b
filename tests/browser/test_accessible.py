"""Every page of the site, wide and narrow, light and dark: axe-core finds nothing."""

import pytest
from django.conf import settings

from tests.addresses import TABLE, addresses
from tests.browser.conftest import leave
from tests.lots.pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.long]

READERS = {
    "qa": "chen",
    "analyst": "lin",
    "reviewer": "tomas",
    "administrator": "admin",
}
# Files, not pages; and what a page loads into itself.
NO_PAGE = (
    "reports:certificate_pdf",
    "reports:preview",
    "reports:commands",
    "lots:document",
    "lots:import_template",
    "lots:audit_export",
    "lots:valid_qualifications",
)
WIDTHS = (1440, 390)
# Between them the side bar is a rail; there a page may only not be too wide.
RAILS = (1280, 1024, 768)
# A theme changes colours alone, so axe-core is asked of those in the dark one: all its
# rules, none named, are asked of the light one.
SCHEMES = {"light": (), "dark": ("color-contrast", "link-in-text-block")}
# What can be wrong on a narrow page alone is in its head and its tables, the same on
# all pages: axe-core reads this many of each reader there, and all of them wide.
NARROW = 4


def reader(page):
    """Return who reads a page that is open to these roles."""
    return next(
        (name for role, name in READERS.items() if role in page.who), "anonymous"
    )


def test_axe_finds_nothing_on_any_page(page, live_server, violations, world, at):
    """One test, so that what the pages show is made once; nothing scrolls sideways."""
    found = addresses(world, at)
    by_reader = {}
    for name, one in TABLE.items():
        if one.get == 200 and name not in NO_PAGE:
            by_reader.setdefault(reader(one), []).append(name)

    wrong = {}
    for person, names in by_reader.items():
        leave(page)
        if person != "anonymous":
            session = signed_in(getattr(world.cast, person)).cookies
            page.context.add_cookies(
                [
                    {
                        "name": settings.SESSION_COOKIE_NAME,
                        "value": session[settings.SESSION_COOKIE_NAME].value,
                        "url": live_server.url,
                    }
                ]
            )
        for position, name in enumerate(names):
            page.goto(found[name])
            for width in (*RAILS, *WIDTHS):
                page.set_viewport_size({"width": width, "height": 900})
                if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    wrong[name, width] = "scrolls sideways"
                if width not in WIDTHS or (width == WIDTHS[1] and position >= NARROW):
                    continue
                for scheme, rules in SCHEMES.items():
                    page.emulate_media(color_scheme=scheme)
                    if complaints := violations(*rules):
                        wrong[name, width, scheme] = complaints

    assert sum(map(len, by_reader.values())) > 60
    assert wrong == {}
