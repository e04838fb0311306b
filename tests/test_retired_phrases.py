"""No page, refusal or guide uses a phrase that was retired for a word of the trade.

`RETIRED` is the one table: a phrase, and the words to use instead. A phrase is found
as whole words, in any case. Where a phrase is also a good word inside a sentence, it is
retired as a LABEL only: alone in a heading, a button or a field.
"""

import re

import pytest

from tests import messages

LABEL = "label"
PHRASE = "phrase"

# Phrase, what to use instead, and where it is retired.
RETIRED = (
    ("A peak at the threshold counts", "Count peaks equal to the threshold", PHRASE),
    ("A test that no specification", "Additional test (not in specification)", PHRASE),
    ("accepted words", "permitted results", PHRASE),
    ("Add its row", "Add", PHRASE),
    ("arises by", "how produced; produced by", PHRASE),
    ("before rounding", "unrounded", PHRASE),
    ("Being made", "Issuing", PHRASE),
    ("Beside", "compared with", LABEL),
    ("cannot be decided", "undecided", PHRASE),
    ("Change the own password", "Change your password", PHRASE),
    ("Check of a file", "Check the file", PHRASE),
    ("closed to you", "Unavailable actions", PHRASE),
    ("Compare and confirm", "Verify the correction", PHRASE),
    ("Compare the bytes", "Check the file", PHRASE),
    ("cross-check of a maker's certificate", "comparison with …", PHRASE),
    ("CSV of these", "Export", PHRASE),
    ("Decided in the period", "Dispositions in the period", PHRASE),
    ("digest", "SHA-256 checksum", PHRASE),
    ("digests", "SHA-256 checksums", PHRASE),
    ("document that says so", "basis for intended use", PHRASE),
    ("Does", "Activities", LABEL),
    ("End the code", "Retire this specification", PHRASE),
    ("End this code", "Retire this specification", PHRASE),
    ("Entered on the page", "Entered manually", PHRASE),
    ("Entry grid", "Enter results", PHRASE),
    ("examination", "test order; release testing", PHRASE),
    ("examinations", "test orders", PHRASE),
    ("Failing result stands", "OOS confirmed", PHRASE),
    ("failing results", "confirmed OOS", PHRASE),
    ("Find a lot", "Find lots", LABEL),
    ("Finish under the same number", "Complete the issue", PHRASE),
    ("fix the number", "set the number", PHRASE),
    ("Fix the plan", "Set the retest plan", PHRASE),
    ("For whom", "Addressed to", LABEL),
    ("further result", "repeat or correction; Add a result…", PHRASE),
    ("gate", "condition", PHRASE),
    ("gates", "conditions", PHRASE),
    ("Given", "With reason", LABEL),
    ("Go there", "the name of the action", PHRASE),
    ("headroom", "distance to limit; closest to limit", PHRASE),
    ("High", "Upper limit", LABEL),
    ("in force", "effective", PHRASE),
    ("in the way", "blocks", PHRASE),
    ("is needed is there", "all required results are entered", PHRASE),
    ("Its peaks are added to", "Contributes to", PHRASE),
    ("judge", "evaluate; test", PHRASE),
    ("judged", "evaluated; tested; outcome", PHRASE),
    ("Largest spread", "Max. difference of preparations", PHRASE),
    ("Leave out", "Exclude; Remove", LABEL),
    ("Left out", "Excluded; Removed", LABEL),
    ("least", "closest to limit", LABEL),
    ("letterhead", "certificate header", PHRASE),
    ("letterheads", "certificate headers", PHRASE),
    ("Look at", "Exception", LABEL),
    ("Look twice", "Check again", PHRASE),
    ("Low", "Lower limit", LABEL),
    ("Made for", "Intended use", LABEL),
    ("maker", "manufacturer", PHRASE),
    ("makers", "manufacturers", PHRASE),
    ("may stand in for", "also suitable for", PHRASE),
    ("mend", "fix", PHRASE),
    ("mended", "fixed", PHRASE),
    ("Next procedure", "New version of the method", PHRASE),
    ("Nobody in particular", "No named customer", PHRASE),
    ("None yet", "–", LABEL),
    ("Nothing waits", "Nothing to do", PHRASE),
    ("Number of the document", "Document number", PHRASE),
    ("obstacle", "blocker; what blocks …", PHRASE),
    ("Open an examination", "Open a test order", PHRASE),
    ("Open to me", "Available to me", PHRASE),
    ("original lot", "manufacturer's lot", PHRASE),
    ("our role", "issuer role", PHRASE),
    ("Present password", "Current password", PHRASE),
    ("Press ? for the keys", "Keyboard shortcuts ?", PHRASE),
    ("Print the record", "Print record", PHRASE),
    ("Printed as", "Printed wording", LABEL),
    ("procedure", "method", PHRASE),
    ("procedures", "methods", PHRASE),
    ("Refuse the release instead", "Refuse instead…", PHRASE),
    ("Result undecided", "Undecided", LABEL),
    ("Retest after its date", "Retest", PHRASE),
    ("Samples and documents", "Documents", PHRASE),
    ("Send back", "Return", PHRASE),
    ("sent back", "returned", PHRASE),
    ("Send results back", "Return results", PHRASE),
    ("stand in for", "alternative use; also suitable for", PHRASE),
    ("stand-in", "alternative use", PHRASE),
    ("stand-ins", "alternative uses", PHRASE),
    ("standing", "valid; lot status", PHRASE),
    ("stands as", "status", PHRASE),
    ("stands in for", "alternative use; also suitable for", PHRASE),
    ("ticked results", "n selected", PHRASE),
    ("tightest", "closest to limit", PHRASE),
    ("Typed", "As entered", LABEL),
    ("Verified now", "Integrity", PHRASE),
    ("What it says", "Text of the certificate", LABEL),
    ("Where to mend it", "Fix this", PHRASE),
    ("Which qualifications stand", "Qualifications", PHRASE),
    ("Why is this not released", "What blocks release", PHRASE),
    ("Why late", "Reason for late entry", PHRASE),
    ("Working", "Calculation", LABEL),
    ("worked out", "calculated", PHRASE),
    ("You state", "Your statement", PHRASE),
)
# Where a retired phrase is right after all: a text that quotes what a certificate of an
# earlier format prints.
ALLOWED = (
    (
        "templates/reports/check/_facts.html",
        "SHA-256 checksum, first 16 characters (“Content digest” on certificates before"
        " version 0.7.0)",
    ),
)
# All that a user opens but the glossary, which names the words of before.
DOCUMENTS = (
    "CHANGELOG.md",
    "README.md",
    "docs/README.md",
    "docs/development.md",
    "docs/importing.md",
    "docs/install.md",
    "docs/workflow.md",
    *sorted(
        path.relative_to(messages.ROOT).as_posix()
        for path in (messages.ROOT / "docs").glob("guide-*.md")
    ),
)


def found(text):
    """Return the retired phrases of a text, each with what to use instead."""
    text = re.sub(r"%\(\w+\)s", "{}", text)
    label = text.strip(" :.…?").casefold()
    return [
        f"“{phrase}”: use “{instead}”"
        for phrase, instead, where in RETIRED
        if (
            label == phrase.casefold()
            if where == LABEL
            else re.search(rf"(?<![\w-]){re.escape(phrase)}(?![\w-])", text, re.I)
        )
    ]


def wrong(said):
    """Return the messages that use a retired phrase, each with its place."""
    return [
        f"{message.path}:{message.line}: {message.text} → {'; '.join(phrases)}"
        for message in said
        if (message.path, message.text) not in ALLOWED
        and (phrases := found(message.text))
    ]


@pytest.fixture(scope="module")
def interface():
    return messages.interface()


def test_interface_uses_no_retired_phrase(interface):
    retired = wrong(interface)

    assert not retired, "\n".join(retired)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_uses_no_retired_phrase(name):
    retired = wrong(messages.of_document(messages.ROOT / name))

    assert not retired, "\n".join(retired)


def test_collector_reads_whole_messages(interface):
    """Each kind of text that the interface has is among what is compared."""
    texts = {(message.path.split("/")[-1], message.text) for message in interface}

    assert {
        # translated in a template, with a plural, in an attribute, as a variable
        ("log_lot.html", "Qualifications"),
        ("review.html", "Return {} selected…"),
        ("_under_review.html", "Open {}"),
        ("qatracker.html", "{} rows"),
        ("qatracker.html", "No matches. Change the filter."),
        ("login.html", "without an account"),
        # a label, a plural, a refusal of several lines, a word of a refusal
        ("intake.py", "Basis for intended use"),
        ("lot_steps.py", "%(n)s results are missing."),
        ("blockers.py", "Lot %(lot)s is not released, so it cannot be reopened."),
        ("lot.py", "manufacturer's lot number"),
        (
            "materials.py",
            "A material with this name, or one that reads the same, already exists;"
            " change that one.",
        ),
    } - texts == set()


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("Lots of another Maker.", ["maker"]),
        ("The pacemaker and a market-maker.", []),
        ("Typed", ["Typed"]),
        ("As typed above.", []),
        ("Typed:", ["Typed"]),
        ("Nothing stands in the way: QA decides", ["in the way"]),
        ("Write it in this way.", []),
        ("A letterhead, judged.", ["judged", "letterhead"]),
    ],
)
def test_phrase_is_found_as_whole_words(text, phrases):
    assert [one.partition("”")[0].lstrip("“") for one in found(text)] == phrases


def test_every_phrase_stands_once_in_the_table():
    phrases = [phrase.casefold() for phrase, _instead, _where in RETIRED]

    assert sorted(set(phrases)) == sorted(phrases)
    assert not [phrase for phrase, instead, _ in RETIRED if not (phrase and instead)]
