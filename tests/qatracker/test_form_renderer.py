"""The markup of a control is what Django's own templates make of it."""

import datetime
import itertools
from decimal import Decimal
from pathlib import Path

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates, get_default_renderer
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, override

from qatracker import form_renderer

HOSTILE = ("", "a", "<b>&\"'", "{}", "{0}{x}", "%s", " ", 0, 1234567, "0", None)
VALUES = (
    *HOSTILE,
    Decimal("1234.50"),
    datetime.date(2026, 11, 3),
    SafeString("<i>"),
    gettext_lazy("Lots"),
    True,
    False,
)
ATTRIBUTES = (
    {},
    {"class": "wide", "required": True, "disabled": False},
    {"title": "<\">'&", "data-n": 1234567, "placeholder": "{}", "aria-label": None},
    {"list": gettext_lazy("Lots"), "<x>": SafeString("&amp;")},
)
INPUTS = (
    forms.TextInput,
    forms.NumberInput,
    forms.EmailInput,
    forms.PasswordInput,
    forms.HiddenInput,
    forms.DateInput,
    forms.CheckboxInput,
)
CHOICES = (
    (),
    tuple((value, value) for value in VALUES),
    (("", "none"), ("a", "<b>"), ("<G>", (("g1", 1234567), ("g2", Decimal("1.5"))))),
)


def same(widget, name, value, attributes):
    ours = widget.render(name, value, attributes, renderer=get_default_renderer())
    django = widget.render(name, value, attributes, renderer=DjangoTemplates())
    assert ours == django
    assert isinstance(ours, SafeString)
    return ours


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("language", ["en", "zh-hans", "de"])
def test_inputs_are_those_of_django(kind, language):
    with override(language):
        for value, attributes in itertools.product(VALUES, ATTRIBUTES):
            same(kind(), "a<b", value, attributes)


@pytest.mark.parametrize("kind", [forms.Select, forms.SelectMultiple])
@pytest.mark.parametrize("choices", CHOICES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_selects_are_those_of_django(kind, choices, language):
    with override(language):
        for attributes in ATTRIBUTES:
            for value in ("a", "g1", None, 1234567):
                chosen = [value] if kind is forms.SelectMultiple else value
                same(kind(choices=choices), "n", chosen, attributes)


def test_other_controls_are_made_by_their_templates():
    assert "<textarea" in same(forms.Textarea(), "n", "</textarea>", {})
    assert 'type="radio"' in same(forms.RadioSelect(choices=CHOICES[2]), "n", "a", {})


class Option(forms.Select):
    option_template_name = "django/forms/widgets/checkbox_option.html"


def test_options_of_their_own_template_keep_it():
    assert 'type="' in same(Option(choices=CHOICES[2]), "n", "a", {})


def test_no_template_of_the_project_is_passed_over():
    """An input or a select that the project writes anew would never be seen."""
    written = {*form_renderer._INPUTS, form_renderer._SELECT, form_renderer._OPTION}
    templates = Path(form_renderer.__file__).parents[1] / "templates"

    assert not [name for name in written if (templates / name).exists()]
