"""Somebody new takes a lot of the training site from its log to its certificate.

They know no address and nothing of the lots that are there: each step is the one that
the page of the lot says comes next, until the certificate is there.
"""

import pytest

from lots.demo import bench
from lots.demo.baclofen import IT_PROCESS, ORAL_PROCESS
from lots.demo.people import PASSWORD
from lots.models import Test
from reports.models import Certificate
from tests.steps import (
    added,
    days_ago,
    name_raw_data,
    next_step,
    press_counted,
    save,
    sign,
    sign_selected,
    take_next_step,
    tick_statements,
)
from tests.visiting import Visitor

pytestmark = [pytest.mark.sqlite, pytest.mark.long]

PEAKS = "Any unspecified impurity (largest)"
FACTS = {
    "Material": "Baclofen",
    "Original manufacturer's site": "Ningbo Harbour Pharma Supply Co., Ltd., Plant 1",
    "Issuer role": "Manufacturer",
    "Basis for intended use": "Batch record",
    "Packaging": "6 HDPE drums",
}
ORAL = {
    "Intended use": "Oral",
    "Manufacturing process": ORAL_PROCESS,
    "Document number": "BR-NEW-1",
    "Batch size": "150",
}
INTRATHECAL = {
    "Intended use": "Intrathecal",
    "Manufacturing process": IT_PROCESS,
    "Document number": "BR-NEW-2",
    "Batch size": "10",
}
LOT = "NEW-26-1"


@pytest.fixture
def people(training_site):
    """The people of the training site, each signed in."""
    found = {}
    for username in ("lin", "sofia", "chen", "olga"):
        person = found[username] = Visitor()
        person.password = PASSWORD
        person.sign_in(username, PASSWORD)
    return found


TESTED = (
    "The lot has no sample yet",
    "results are missing",
    "results to submit",
    "results to review",
)
# A lot for injections is also offered for its alternative use, oral.
DECIDED = ("Decide on the release", "Released: a certificate can be issued")


@pytest.mark.parametrize(
    ("facts", "uses"), [(ORAL, 1), (INTRATHECAL, 2)], ids=["oral", "intrathecal"]
)
def test_first_new_lot_goes_from_its_log_to_a_certificate(people, facts, uses):
    log(people["lin"], facts)
    expected = [
        *TESTED,
        *(step for step in DECIDED for _use in range(uses)),
        "Released and certified",
    ]

    for words in expected:
        open_lot(people["olga"], LOT)
        assert words in next_step(people["olga"])
        if words != expected[-1]:
            take(people, words)


def take(people, said):
    """Take the step that the page of the lot asks for, as the person it waits for."""
    for words, who, do in (
        ("no sample", "lin", sample),
        ("missing", "lin", enter),
        ("to submit", "lin", submit),
        ("to review", "sofia", review),
        ("Decide on the release", "chen", release),
        ("a certificate can be issued", "olga", issue),
    ):
        if words in said:
            open_lot(people[who], LOT)
            return do(people[who])
    raise AssertionError(said)


def open_lot(person, lot):
    """Find the lot in the list of lots."""
    person.follow("Lots")
    person.open(f"{person.address}?q={lot}")
    person.follow(lot)


def log(analyst, facts):
    analyst.follow("My work")
    analyst.follow("Log a lot")
    analyst.fill({**FACTS, **facts, "Manufactured": days_ago(5)})
    analyst.fill({"Lot number": LOT, "Manufacturer's lot number": LOT})
    added(analyst, "Log the lot")


def sample(analyst):
    take_next_step(analyst)
    analyst.fill(
        {"Sample number": f"{LOT}/S1", "Quantity": "30 g", "Purpose": "Release testing"}
    )
    added(analyst, "Record the sample")


def enter(analyst):
    """Type a value into each row that says that its result is missing."""
    take_next_step(analyst)
    name_raw_data(analyst, "Notebook 12, page 40")
    names = dict(Test.objects.values_list("name", "code"))
    asked = [
        (row.all("th")[0].own_words(), row)
        for row in analyst.page.all("tr")
        if "Missing" in row.words() and row.all("input", "select")
    ]
    for name, _row in asked:
        if name == PEAKS:
            row = analyst.row(name)
            analyst.type(f"{name}: peak 1, name or RRT", "RRT 0.45", within=row)
            analyst.type(f"{name}: peak 1, value", "0.051", within=row)
            analyst.press("Save", within=row)
        else:
            value = bench.IT_RESULTS.get(names[name]) or bench.ORAL_RESULTS[names[name]]
            texts = [value] if isinstance(value, str) else [one.text for one in value]
            save(analyst, name, *texts)
        assert analyst.refusals() == []


def submit(analyst):
    take_next_step(analyst)
    press_counted(analyst, "Submit", "for review")
    assert analyst.refusals() == []


def review(reviewer):
    take_next_step(reviewer)
    for box in reviewer.page.all("input"):
        if box["type"] == "checkbox" and box["name"] == "result":
            reviewer.tick(box["aria-label"])
    sign_selected(reviewer)


def release(qa):
    take_next_step(qa)
    qa.fill(
        {
            "Number of the batch record that you reviewed": "BR-NEW",
            "Closed deviations and investigations": "none",
            "Justification": "Every control of the use was tested on this lot.",
        }
    )
    sign(qa, "Sign and release")


def issue(qa):
    take_next_step(qa)
    offered = [
        one.words()
        for one in qa.page.all("a")
        if one.words().startswith("Certificate for ")
    ]
    # Of several releases the page of the lot's certificates asks which.
    if offered:
        qa.follow(offered[Certificate.objects.filter(lot__number=LOT).count()])
    assert qa.offers("Issue the certificate"), qa.says()
    tick_statements(qa)
    qa.press("Issue the certificate")
    assert qa.refusals() == []
