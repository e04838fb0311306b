"""Every text that people see can be translated, sentences of refusals included."""

import pytest
from django.core.management import call_command
from django.utils import translation
from django.utils.translation import gettext, ngettext, trans_real

from lots.demo import bench
from lots.management import messages
from lots.models import LotState
from lots.release import disposition
from lots.rules import uses
from lots.rules.refusal import Refusal
from lots.rules.states import AssessmentState
from lots.rules.step_table import STEPS
from lots.wording import sentence
from tests import catalogue, formats
from tests.lots.pages import signed_in, words

# Sentences that are put together, and why nobody translates them there.
PUT_TOGETHER = {
    # What a validator says: a refusal of ours, which has its sentence, or Django's own.
    "lots/evidence/text_checks.py",
    # Several refusals as one, each of which is translated.
    "lots/rules/refusal.py",
}
AGAIN = "run manage.py makemessages --all --keep-pot"


def test_template_is_that_of_the_code():
    code, template = catalogue.of_the_code(), catalogue.template()

    assert sorted(code - template) == [], AGAIN
    assert sorted(template - code) == [], AGAIN
    assert len(template) > 1500


def test_every_sentence_is_written_where_it_is_found():
    put_together = {
        path.relative_to(messages.ROOT).as_posix()
        for package in messages.PACKAGES
        for path in (messages.ROOT / package).rglob("*.py")
        if "migrations" not in path.parts
        for one in messages.of_python(path.read_text(encoding="utf-8"))
        if one.text is None
    }

    assert put_together == PUT_TOGETHER


def test_every_class_of_refusal_is_known():
    formats.declared()  # imports every module
    found, more = set(), [Refusal]
    while more:
        one = more.pop()
        found.add(one.__name__)
        more += [
            each for each in one.__subclasses__() if "tests" not in each.__module__
        ]

    assert found - messages.refusals() == set()
    assert {"NotAllowed", "Conflict", "Unprintable"} <= messages.refusals()


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('raise Refusal("a", "The lot is gone.")', {"The lot is gone."}),
        ('raise NotLogged("a", "One" if x else "Two", field="b")', {"One", "Two"}),
        ('raise NotAllowed("a", "Is %(s)s.", s=Word("none"))', {"Is %(s)s.", "none"}),
        ('text_checks.once(rows, sentence="It is there.", field="")', {"It is there."}),
        ('Words(some, between="or")', {"or"}),
        ('_GONE: Final = "Gone."\nRefusal("a", _GONE)', {"Gone."}),
        ('_SAID = {"a": "Low.", "b": "Hi."}\nRefusal(x, _SAID[x])', {"Low.", "Hi."}),
        ('def f(a, sentence):\n    return Refusal(a, sentence)\nf("a", "B.")', {"B."}),
        ('code, sentence = ("a", "Changed.")\nRefusal(code, sentence)', {"Changed."}),
        ('Refusal(one.code, one.sentence, **one.params)', set()),
        ('Refusal("a", _("Marked."))', set()),
        ('Refusal("a", f"{name} is gone.")', {None}),
        ('Refusal("a", "Lot " + name)', {None}),
    ],
)  # fmt: skip
def test_sentence_is_found_in_every_form(source, texts):
    assert {one.text for one in messages.of_python(source)} == texts


@pytest.mark.parametrize(
    "text",
    [
        *(state.word for state in (*LotState, *AssessmentState)),
        *(state.said for state in (*LotState, *AssessmentState)),
        *(step.name for step in STEPS.values()),
        *(use.name for use in uses.USES.values()),
        *(use.said for use in uses.USES.values()),
        *(use.products for use in uses.USES.values()),
        "Write the reason.",
        "or",
    ],
)
def test_words_of_the_program_are_in_the_template(text):
    assert text in catalogue.template()


# --- a language that is not there yet -----------------------------------------------


def sung(text):
    """Return the text as the pseudo-language says it: its places stay as they are."""
    return f"¡{text}!"


@pytest.fixture
def pseudo(tmp_path, settings):
    """Add a language whose catalogue is made from the template alone."""
    catalogue.write(tmp_path, "eo", sung)
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [("en", "English"), ("eo", "Esperanto")]
    _forget()
    yield "eo"
    _forget()


def _forget():
    trans_real._translations.clear()
    translation.deactivate()
    for read in (
        trans_real.get_languages,
        trans_real.translation_catalog_exists,
        trans_real._get_supported_language_variant,
        trans_real._parse_accept_lang_header,
    ):
        read.cache_clear()


def test_refusal_page_and_state_are_said_in_another_language(world, at, pseudo):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    disposition.hold(lot=lot, by=world.cast.lin, at=at, reason="Complaint")
    reader = signed_in(world.cast.lin)

    answer = reader.get(f"/lots/{lot.pk}/", headers={"Accept-Language": "eo"})
    refused = reader.post(
        f"/lots/{lot.pk}/hold/", {"reason": "Again"}, headers={"Accept-Language": "eo"}
    )

    page, said = words(answer), words(refused)
    assert '<html lang="eo"' in answer.content.decode()
    assert "¡On hold!" in page
    assert "¡Intrathecal!" not in page
    assert "¡Oral!" in page
    assert "¡Your role does not allow “¡Reject!” of BAC-26-001; ask ¡QA!.!" in page
    assert refused.status_code == 422
    assert (
        "¡“¡Put on hold!” is not possible for BAC-26-001 while the lot is ¡on hold!;"
        in said
    )


def test_every_refusal_of_the_template_keeps_its_places(pseudo):
    with translation.override(pseudo):
        refusal = Refusal("use", "%(lot)s is gone.", lot="BAC-1")
        assert sentence(refusal) == "BAC-1 is gone."
        assert gettext("On hold") == "¡On hold!"
        one, more = next(
            (one, more) for one, more in catalogue.plurals() if "%(n)s" in more
        )
        assert ngettext(one, more, 1) == sung(one)
        assert ngettext(one, more, 2) == sung(more)


# --- the command --------------------------------------------------------------------


@pytest.mark.gettext
def test_makemessages_collects_the_sentences(tmp_path, settings, monkeypatch):
    """On two files, as it does on all; it leaves nothing beside them."""
    (tmp_path / "lots").mkdir()
    module, page = tmp_path / "lots" / "gone.py", tmp_path / "lots" / "gone.html"
    module.write_text(
        "from django.utils.translation import gettext as _\n"
        "def gone(lot, is_sold):\n"
        '    raise NotLogged("gone", "Lot %(lot)s is sold\\u00a0out."\n'
        '        if is_sold else "Lot “%(lot)s” is gone; \\"look\\" again.", lot=lot)\n'
        'LABEL = _("Gone lots")\n',
        encoding="utf-8",
    )
    page.write_text(
        '{% load i18n %}{% translate "Lots" %}{% blocktranslate count n=n %}{{ n }} lot'
        "{% plural %}{{ n }} lots{% endblocktranslate %}",
        encoding="utf-8",
    )
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(catalogue, "TEMPLATE", tmp_path / "locale" / "django.pot")

    call_command("makemessages", all=True, keep_pot=True, verbosity=0)

    assert catalogue.template() == {
        "Lot %(lot)s is sold\N{NO-BREAK SPACE}out.",
        'Lot “%(lot)s” is gone; "look" again.',
        "Gone lots",
        "Lots",
        "%(n)s lot",
        "%(n)s lots",
    }
    assert "#: lots/gone.py\n" in catalogue.TEMPLATE.read_text(encoding="utf-8")
    assert sorted(one.name for one in (tmp_path / "lots").iterdir()) == [
        "gone.html",
        "gone.py",
    ]
    assert catalogue.template() == (
        catalogue.of_module(module.read_text("utf-8"))
        | catalogue.of_template(page.read_text("utf-8"))
    )
