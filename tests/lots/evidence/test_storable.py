"""Which texts of a record are stored, and which are refused before they are."""

import pytest

from lots.evidence import printable
from lots.models import AuditEntry, Organisation
from lots.rules.refusal import Refusal
from lots.setup import methods, organisations


def add(world, at, **facts):
    return organisations.add_organisation(
        **{
            "by": world.cast.olga,
            "at": at,
            "name": "Harbour Traders",
            "address": "1 Quay\nNingbo",
            "telephone": "+86 574",
            **facts,
        }
    )


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"name": " "}, [("name", "blank")]),
        ({"telephone": "x" * 61}, [("telephone", "length")]),
        ({"telephone": "\u202e57"}, [("telephone", "character")]),
        ({"address": "Quay \U0001f600"}, [("address", "unprintable")]),
        (
            {"name": "  ", "telephone": "a\tb"},
            [("name", "blank"), ("telephone", "character")],
        ),
    ],
    ids=["blank", "long", "direction", "unprintable", "two at once"],
)
def test_text_that_cannot_be_kept_stores_nothing(world, at, facts, expected):
    before = Organisation.objects.count(), AuditEntry.objects.count()

    with pytest.raises(Refusal) as caught:
        add(world, at, **facts)

    several = getattr(caught.value, "refusals", (caught.value,))
    assert [(one.field, one.code) for one in several] == expected
    assert (Organisation.objects.count(), AuditEntry.objects.count()) == before


def test_word_outside_the_choices_is_refused(world, at):
    with pytest.raises(Refusal) as caught:
        methods.add_test(
            by=world.cast.olga,
            at=at,
            material=world.material,
            code="ODOUR",
            name="Odour",
            group="smell",
        )

    assert (caught.value.code, caught.value.field, caught.value.params["value"]) == (
        "choice",
        "group",
        "smell",
    )


def test_name_that_is_taken_is_refused(world, at):
    add(world, at)

    with pytest.raises(Refusal) as caught:
        add(world, at)

    assert (caught.value.code, caught.value.field) == ("taken", "name")


def test_every_text_that_cannot_be_printed_is_told():
    faults = printable.faults(
        packaging="Drum \U0001f600", note="Keep dry", text="\u2028"
    )

    assert [(one.field, one.params["code"]) for one in faults] == [
        ("packaging", "U+1F600"),
        ("text", "U+2028"),
    ]
