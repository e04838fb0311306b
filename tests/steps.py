"""What people do on the pages of a journey: sign, follow the next step, type a row.

Each takes a `Visitor`. Tests import it.
"""

import datetime
import re

from django.utils import timezone

from lots import calendar


def sign(person, button):
    """Tick what is stated, give the password and press; nothing may be refused."""
    tick_statements(person)
    person.type("Your password", person.password)
    person.press(button)
    assert person.refusals() == []


def tick_statements(person, *, within=None):
    """Tick each statement of the page, or a part; none is ticked before."""
    for box in (within or person.page).all("input"):
        if "stated_" in box["name"]:
            assert not box.has("checked")
            person.tick(box.within("label").words(), within=within)


def added(person, button="Add"):
    person.press(button)
    assert person.refusals() == []


def days_ago(days):
    today = calendar.today(timezone.now())
    return (today - datetime.timedelta(days=days)).isoformat()


def next_step(person):
    """Return what comes next, who takes it, and the main button where it is theirs."""
    (said,) = [
        one for one in person.page.all("p") if "next-step" in one["class"].split()
    ]
    return " ".join([said.words(), *(one.words() for one in _main(_actions(person)))])


def take_next_step(person):
    actions = _actions(person)
    (button,) = _main(actions)
    person.follow(button.words(), within=actions)


def _actions(person):
    (box,) = [
        one for one in person.page.all("div") if "lot-actions" in one["class"].split()
    ]
    return box


def _main(actions):
    return [one for one in actions.all("a") if "btn-primary" in one["class"].split()]


def open_tab(person, name):
    """Open a part of the lot whose page is shown."""
    (tabs,) = [
        one for one in person.page.all("nav") if "lot-tabs" in one["class"].split()
    ]
    person.follow(name, within=tabs)


def press_counted(person, before, after):
    """Press the button that says how many results it takes, such as Submit 3 …"""
    (button,) = [
        one.words()
        for one in person.page.all("button")
        if re.fullmatch(rf"{before} \d+ {after}", one.words())
    ]
    person.press(button)


def sign_selected(person):
    """Sign the review of the results that are selected, on the page that shows them.

    Those of which something was noticed are compared and selected too.
    """
    acknowledge(person)
    tick_statements(person)
    person.type("Your password", person.password)
    press_counted(person, "Sign", "selected")
    assert person.refusals() == []


def acknowledge(person):
    """Say of each finding that it was seen and why it is so; select its result."""
    for found in person.page.all("div"):
        if "noticed-one" in found["class"].split():
            person.tick("I have seen this", within=found)
            if "What you make of it" in found.words():
                person.type("What you make of it", "As the batch record", within=found)
    for line in person.page.all("tr"):
        if "Finding, see below" in line.words():
            (box,) = [one for one in line.all("input") if one["name"] == "result"]
            box.attributes["checked"] = ""


def save(person, test, *values, label="result"):
    """Type a row of the grid and press its button, as without JavaScript."""
    row = person.row(test, within=person.page.all("main")[0])
    if len(values) == 1:
        person.type(f"{test}: {label}", values[0], within=row)
    else:
        for number, value in enumerate(values, 1):
            person.type(f"{test}: determination {number}", value, within=row)
    person.press("Save", within=row)


def name_raw_data(person, reference):
    """Name the raw data of all rows that are entered now."""
    (defaults,) = [one for one in person.page.all("form") if one["id"] == "defaults"]
    person.type("Raw data reference", reference, within=defaults)
    person.press("Use for all rows")
