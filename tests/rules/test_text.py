"""Which texts can be kept as evidence."""

import pytest

from lots.rules.text import NotPlainText, plain_text


@pytest.mark.parametrize(
    "text", ["", "Žagar 试样 ≤ 5 µm", "two\nlines", "x" * 40], ids=range(4)
)
def test_text_that_can_be_seen_is_returned_as_typed(text):
    assert plain_text(text, field="reason", longest=40) == text


def test_text_without_a_bound_may_be_long():
    assert plain_text("x" * 9000, field="reason", longest=None) == "x" * 9000


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        ("x" * 41, "length", "The cause has 41 characters; at most 40 fit."),
        (
            "a\tb",
            "character",
            "The cause has the character U+0009 at place 2, which cannot be seen or"
            " printed; type it again without.",
        ),
        (
            "a\n\u202eb",
            "character",
            "The cause has the character U+202E at place 3, which cannot be seen or"
            " printed; type it again without.",
        ),
        (
            "a\u3164",
            "character",
            "The cause has the character U+3164 at place 2, which cannot be seen or"
            " printed; type it again without.",
        ),
    ],
    ids=["long", "tab", "direction", "filler"],
)
def test_text_that_cannot_be_kept_is_refused(text, code, sentence):
    with pytest.raises(NotPlainText) as caught:
        plain_text(text, field="cause", longest=40)

    assert (caught.value.code, caught.value.field, str(caught.value)) == (
        code,
        "cause",
        sentence,
    )
