"""The style sheets: two themes of the same colours, readable; nothing from afar."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "qatracker" / "static"
SHEETS = sorted(STATIC.glob("*.css"))
MAIN = STATIC.joinpath("qatracker.css").read_text(encoding="utf-8")
STATUS = ("pass", "alert", "oos", "oot", "undecided", "missing")
GROUNDS = ("surface", "canvas", "raised", "sunken", "overlay")
# What is read on what, and how strong it must be (WCAG 2.1: 1.4.3, 1.4.11).
PAIRS = (
    *(("ink", ground, 4.5) for ground in GROUNDS),
    *(("ink-2", ground, 4.5) for ground in GROUNDS),
    *(("ink-3", ground, 4.5) for ground in ("surface", "canvas")),
    *(("accent", ground, 4.5) for ground in ("surface", "canvas", "accent-tint")),
    ("on-accent", "accent", 4.5),
    ("on-accent", "accent-strong", 4.5),
    *((status, f"{status}-tint", 4.5) for status in STATUS),
    *((status, "surface", 4.5) for status in STATUS),
    ("control", "surface", 3),
    ("focus", "surface", 3),
    ("focus", "canvas", 3),
)


def tokens(selector):
    """Return the custom properties of the first rule of the selector."""
    body = re.search(rf"^{re.escape(selector)} \{{(.*?)^\}}", MAIN, re.M | re.S)[1]
    return dict(re.findall(r"--([\w-]+): ([^;]+);", body))


LIGHT = tokens(":root")
DARK = tokens(".theme-dark")


def brightness(colour):
    """Return the relative luminance of a hex colour (WCAG 2.1)."""
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(one * 2 for one in digits)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((brightness(one), brightness(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_everything_that_is_read_stands_out_from_its_ground(theme):
    weak = {
        (text, ground): round(contrast(theme[text], theme[ground]), 2)
        for text, ground, least in PAIRS
        if contrast(theme[text], theme[ground]) < least
    }

    assert weak == {}


def test_dark_is_the_same_by_choice_and_by_the_system():
    assert tokens(":root:not(.theme-light, .theme-dark)") == DARK
    assert set(DARK) == set(LIGHT)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_style_sheet_loads_nothing_from_another_site(sheet):
    text = sheet.read_text(encoding="utf-8")

    assert "@import" not in text
    for address in re.findall(r"url\(\"?([^)\"]+)", text):
        assert (STATIC / address).is_file(), address


@pytest.mark.parametrize(
    "sheet",
    [one for one in SHEETS if one.name != "qatracker.css"],
    ids=str,
)
def test_colours_come_from_the_tokens(sheet):
    """A colour of its own would stay light in the dark theme."""
    text = sheet.read_text(encoding="utf-8")

    assert re.findall(r"#[0-9a-f]{3,6}\b(?=[^{}]*})", text) == []


def test_every_page_asks_for_the_font_ahead(client, db):
    answer = client.get("/sign-in/").content.decode()

    [link] = re.findall(r'<link rel="preload"[^>]+>', answer)
    assert "plex-sans-var-latin1" in link
    assert 'as="font"' in link
    assert "crossorigin" in link
    assert "Reserved Font Name" in (STATIC / "fonts/OFL.txt").read_text()
