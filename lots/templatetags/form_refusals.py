"""Template tags for refused forms: the list at the top and the page title."""

from dataclasses import dataclass

from django import template
from django.forms import BaseForm
from django.forms.formsets import BaseFormSet
from django.utils.translation import gettext as _

register = template.Library()


@dataclass(frozen=True)
class Wrong:
    """A sentence of refusal and the id of its field on the page."""

    place: str
    said: str


@register.simple_tag(takes_context=True)
def whole_refusals(context):
    """Return what was refused of `form` or `formset` as a whole, or is not shown."""
    form, rows = context.get("form"), context.get("formset")
    found = [*rows.non_form_errors()] if rows is not None else []
    if form is not None:
        found += form.non_field_errors()
        found += (error for field in form.hidden_fields() for error in field.errors)
    return found


@register.simple_tag(takes_context=True)
def wrong_fields(context):
    """Return each wrong field of `form`, and of `formset` if there is one."""
    form, rows = context.get("form"), context.get("formset")
    found = list(_wrong_in(form)) if form is not None else []
    for number, row in enumerate(rows or (), start=1):
        found += _wrong_in(row, row=number)
    return found


def _wrong_in(form, row=None):
    fields = form.visible_fields()
    if row is not None:
        for error in form.non_field_errors():
            said = _("Row %(number)s: %(error)s") % {"number": row, "error": error}
            yield Wrong(fields[0].auto_id, said)
    for field in fields:
        label = str(field.label)
        if row is not None:
            label = _("Row %(number)s, %(field)s") % {"number": row, "field": label}
        for error in field.errors:
            # Some sentences begin with the name of their field.
            said = str(error) if str(error).startswith(label) else f"{label}: {error}"
            yield Wrong(field.id_for_label or field.auto_id, said)


@register.simple_tag(takes_context=True)
def error_prefix(context):
    """Return what the title begins with where the page shows a refused form again."""
    shown = context.flatten()
    is_refused = shown.get("is_refused") or any(
        form.is_bound and any(form.errors) for form in _forms(shown.values())
    )
    return _("Error: ") if is_refused else ""


def _forms(values):
    """Return the forms among what a page was given, also those of its steps."""
    for value in values:
        if isinstance(value, BaseForm | BaseFormSet):
            yield value
        elif isinstance(value, list | tuple):
            yield from _forms(each.form for each in value if hasattr(each, "form"))
        elif hasattr(type(value), "form"):
            yield from _forms([value.form])
