"""The uses: which are known, and which lot is also suitable for which."""

from dataclasses import replace

import pytest

from lots.rules import uses
from lots.rules.refusal import Refusal


@pytest.mark.parametrize(
    ("code", "shown"), [("inhalation", "inhalation"), ("", "(blank)"), ("Oral", "Oral")]
)
def test_unknown_use_is_refused(code, shown):
    with pytest.raises(Refusal) as caught:
        uses.use(code)

    assert (caught.value.code, caught.value.field, str(caught.value)) == (
        "unknown-use",
        "use",
        f"{shown} is not a use; choose one of oral, intrathecal.",
    )


@pytest.mark.parametrize(
    ("made_for", "use_for", "may"),
    [
        ("intrathecal", "oral", True),
        ("oral", "intrathecal", False),
        ("oral", "oral", True),
    ],
)
def test_lot_serves_its_use_and_those_it_may_stand_in_for(made_for, use_for, may):
    assert uses.could_serve(made_for=made_for, use_for=use_for) is may


def test_text_names_the_uses_that_a_lot_cannot_have():
    text = "for oral and intrathécal products"

    assert [use.code for use in uses.named_in(text)] == ["oral", "intrathecal"]
    assert [use.code for use in uses.named_beyond("oral", text)] == ["intrathecal"]
    assert uses.named_beyond("intrathecal", text) == ()


def test_use_is_named_only_where_a_text_speaks_of_it():
    """A use without the words it is called by would be found in every text."""
    assert uses.named_in("Store below 25 °C.") == ()
    assert all(use.called for use in uses.USES.values())


def test_injectable_use_says_what_it_needs():
    with pytest.raises(ValueError, match="eye: say what an injectable use needs"):
        replace(uses.USES["intrathecal"], code="eye", needs=())
