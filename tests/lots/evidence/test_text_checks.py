"""The rules on texts: validators on the columns, asked once for each record written."""

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from lots.evidence import audit, text_checks
from lots.models import (
    AuditEntry,
    LotStatus,
    Organisation,
    Preferences,
    ReleaseDays,
    Statement,
    Test,
    TestOrder,
)
from lots.models.fields import PlainCharField, PlainJSONField
from lots.rules.refusal import Refusal, Refusals

ALPHA = {"name": "Alpha Co.", "address": "1 Long Road\nTown", "telephone": "+49 1"}
WRITTEN_BY_ACTS = [
    model
    for label in ("lots", "reports")
    for model in apps.get_app_config(label).get_models()
    # The act's own entries, what is worked out from the records, and what is no record.
    if model not in (AuditEntry, LotStatus, Preferences, ReleaseDays)
]


def refused(record, **options):
    """Return the code and the field of everything that is refused."""
    with pytest.raises(Refusal) as refusal:
        text_checks.sound(record, **options)
    one = refusal.value
    each = one.refusals if isinstance(one, Refusals) else [one]
    return [(wrong.code, wrong.field) for wrong in each]


def test_every_text_that_acts_write_is_plain():
    assert {
        (model.__name__, field.name)
        for model in WRITTEN_BY_ACTS
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.JSONField)
        and not isinstance(field, PlainCharField | PlainJSONField)
    } == {("User", "password")}


def test_certificates_print_these_columns():
    printed = {}
    for model in WRITTEN_BY_ACTS:
        for field in model._meta.concrete_fields:
            if getattr(field, "printed", False):
                printed.setdefault(model._meta.db_table, []).append(field.name)

    assert printed == {
        "lots_criterion": ["choices", "wording"],
        "lots_letterhead": ["name", "address", "telephone", "email"],
        "lots_lot": [
            "original_number",
            "packaging",
            "storage",
            "original_certificate_number",
            "note",
        ],
        "lots_material": ["name", "item_code", "formula", "storage", "note"],
        "lots_organisation": ["name", "address", "telephone"],
        "lots_printedidentity": ["texts"],
        "lots_procedure": ["code"],
        "lots_qualification": ["storage"],
        "lots_sample": ["number"],
        "lots_site": ["name", "address", "telephone"],
        "lots_specification": ["code", "grade", "compendium"],
        "lots_statement": ["title", "text"],
        "lots_test": ["name", "unit", "vocabulary"],
        "lots_user": ["printed_name", "title"],
    }


@pytest.mark.parametrize(
    ("column", "known"),
    [
        (PlainCharField, "django.db.models.CharField"),
        (PlainJSONField, "django.db.models.JSONField"),
    ],
    ids=["text", "json"],
)
def test_columns_are_djangos_own_to_migrations(column, known):
    """A new rule on a text must rebuild no table: that would lose the triggers."""
    _name, path, args, kwargs = column("words", blank=True, printed=True).deconstruct()

    assert (path, args, kwargs) == (known, [], {"verbose_name": "words", "blank": True})


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"name": ""}, [("blank", "name")]),
        ({"name": " "}, [("blank", "name")]),
        ({"name": "a" * 201}, [("length", "name")]),
        ({"name": "a" * 200}, []),
        ({"name": "Al\x00pha"}, [("character", "name")]),
        ({"name": "Al\u200bpha"}, [("character", "name")]),
        ({"name": "Alpha\nCo."}, [("unprintable", "name")]),
        ({"name": "Αλφα \U0001f600"}, [("unprintable", "name")]),
        ({"address": "1 Road\n\U0001f600"}, [("unprintable", "address")]),
        (
            {"name": "", "address": "a" * 401, "telephone": "\x07"},
            [("blank", "name"), ("length", "address"), ("character", "telephone")],
        ),
    ],
    ids=[
        "blank",
        "spaces",
        "too-long",
        "longest",
        "nul",
        "unseen",
        "line-break",
        "emoji",
        "emoji-in-lines",
        "everything",
    ],
)
def test_wrong_texts_are_refused_by_column(values, wrong):
    record = Organisation(**{**ALPHA, **values})

    assert (refused(record) if wrong else []) == wrong
    if not wrong:
        assert text_checks.sound(record) is record


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (Organisation(**{**ALPHA, "name": ""}), "The name is missing."),
        (
            Organisation(**{**ALPHA, "name": "a" * 201}),
            "The name has 201 characters; at most 200 fit.",
        ),
        (
            Organisation(**{**ALPHA, "name": "Al\x00pha"}),
            "The name has the character U+0000 at place 3, which cannot be seen or"
            " printed; type it again without.",
        ),
        (
            Organisation(**{**ALPHA, "name": "Alpha\nCo."}),
            "The name has a line break (U+000A), which certificates cannot print;"
            " write it another way, such as in Latin letters.",
        ),
        (
            Test(code="A", name="Assay", group="taste"),
            "taste is not one of the choices for the group; choose one from the list.",
        ),
        (
            Test(code="A", name="Assay", group="assay", determinations=-1),
            "The preparations cannot be stored: Ensure this value is greater"
            " than or equal to 0.",
        ),
        (
            Test(code="A", name="Assay", group="assay", vocabulary=["Clear", "\x07"]),
            "One of the possible results has the character U+0007 at place 1, which"
            " cannot be seen or printed; type it again without.",
        ),
    ],
    ids=["blank", "length", "character", "print", "choice", "number", "inside"],
)
def test_refusal_says_what_is_wrong_with_the_column(record, sentence, db):
    with pytest.raises(Refusal) as refusal:
        text_checks.sound(record)

    assert str(refusal.value) == sentence


def test_texts_inside_a_list_or_an_object_have_a_length():
    determinations = [{"text": "a" * 400, "component": ""}]
    field = apps.get_model("lots", "Result")._meta.get_field("determinations")

    assert field.clean(determinations, None) == determinations
    assert field.clean([], None) == []
    for wrong, code in (
        ([{"text": "a" * 401}], "length"),
        ([{"te\x00xt": "1"}], "character"),
    ):
        with pytest.raises(ValidationError) as refusal:
            field.clean(wrong, None)
        assert [one.code for one in refusal.value.error_list] == [code]


def test_of_a_change_only_what_changes_is_asked():
    stored = Organisation(**{**ALPHA, "name": "\U0001f600", "address": ""})

    assert text_checks.sound(stored, changed={"telephone": "+49 1"}) is stored
    assert refused(stored, changed={"name": ""}) == [("unprintable", "name")]


def test_writing_asks_the_database_no_more_than_it_must(world, at):
    """One insert or update for each record, and the entries when the act ends."""
    with audit.act(by=world.cast.chen, at=at, action="try") as act:
        with CaptureQueriesContext(connection) as asked:
            made = act.create(Organisation(**ALPHA))
        assert [one["sql"].split()[0] for one in asked] == ["INSERT"]

        with CaptureQueriesContext(connection) as asked:
            act.change(made, name="Beta Co.")
        assert [one["sql"].split()[0] for one in asked] == ["UPDATE"]

        texts = [
            Statement(material=world.material, title=f"Title {n}", text="Text")
            for n in range(3)
        ]
        with CaptureQueriesContext(connection) as asked:
            act.create_all(texts)
        assert [
            one["sql"].split()[0] for one in asked if "SAVEPOINT" not in one["sql"]
        ] == ["INSERT"]


def test_act_refuses_everything_that_is_wrong_and_stores_nothing(world, at):
    entries = AuditEntry.objects.count()

    with (
        pytest.raises(Refusals) as refusal,
        audit.act(by=world.cast.chen, at=at, action="try") as act,
    ):
        act.create(Organisation(name="", address="\x07", telephone="1"))

    assert [(one.code, one.field) for one in refusal.value.refusals] == [
        ("blank", "name"),
        ("character", "address"),
    ]
    assert AuditEntry.objects.count() == entries
    assert not Organisation.objects.filter(telephone="1").exists()


def test_what_the_columns_own_rule_refuses_is_said_with_its_name(db):
    mark = TestOrder(ordinal=-1, occasion="release")

    with pytest.raises(Refusal, match=r"^The ordinal cannot be stored: .*0"):
        text_checks.sound(mark, changed=("ordinal",))


def test_what_may_be_there_once_is_refused_a_second_time(world):
    own = Organisation.objects.first()

    with pytest.raises(Refusal, match="exists") as refusal:
        text_checks.once(
            Organisation.objects.filter(name=own.name),
            sentence="It exists",
            field="name",
        )

    assert (refusal.value.code, refusal.value.field) == ("taken", "name")


def test_blank_reason_is_refused_at_its_field():
    with pytest.raises(Refusal) as caught:
        text_checks.reason_given(" \n")

    assert (caught.value.field, str(caught.value)) == (
        "reason",
        "Give the reason: it stays in the record.",
    )
    assert text_checks.reason_given("Complaint 7") == "Complaint 7"
