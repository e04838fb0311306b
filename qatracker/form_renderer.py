"""How controls of forms become markup: the commonest two without a template.

A page of the entry grid has a hundred controls, and each control takes Django two to
forty templates (`django/forms/widgets`); they took a quarter of the page's time. What
comes out is the same to the last space, which a test holds. All else is a template.
"""

from django.forms.renderers import TemplatesSetting
from django.utils.formats import localize
from django.utils.html import format_html

_WIDGETS = "django/forms/widgets/"
_INPUTS = frozenset(
    f"{_WIDGETS}{kind}.html"
    for kind in (
        "checkbox",
        "date",
        "email",
        "hidden",
        "input",
        "number",
        "password",
        "text",
    )
)
_LABELLED = ">{}</option>\n"
_SELECT, _OPTION = f"{_WIDGETS}select.html", f"{_WIDGETS}select_option.html"


class FormRenderer(TemplatesSetting):
    """Templates of the project, then of Django; inputs and selects are written here."""

    def render(self, template_name, context, request=None):
        """Return the markup of a form, a field or a control."""
        if template_name in _INPUTS:
            return _input(context["widget"])
        if template_name == _SELECT and _has_plain_options(context["widget"]):
            return _select(context["widget"])
        return super().render(template_name, context, request)


def _has_plain_options(widget):
    return all(
        option["template_name"] == _OPTION
        for _name, options, _index in widget["optgroups"]
        for option in options
    )


def _input(widget):
    values = [widget["type"], widget["name"]]
    pattern = '<input type="{}" name="{}"'
    if widget["value"] is not None:
        pattern += ' value="{}"'
        values.append(_text(widget["value"]))
    pattern += _attributes(widget, values)
    return format_html(f"{pattern}>", *values)


def _select(widget):
    values = [widget["name"]]
    parts = ['<select name="{}"', _attributes(widget, values), ">"]
    for name, options, _index in widget["optgroups"]:
        if name:
            parts.append('\n  <optgroup label="{}">')
            values.append(_label(name))
        for option in options:
            values.append(_text(option["value"]))
            parts += '\n  <option value="{}"', _attributes(option, values), _LABELLED
            values.append(_label(option["label"]))
        if name:
            parts.append("\n  </optgroup>")
    parts.append("\n</select>")
    return format_html("".join(parts), *values)


def _attributes(widget, values):
    """Return the pattern of the attributes; add what belongs into it to `values`."""
    pattern = ""
    for name, value in widget["attrs"].items():
        if value is True:
            pattern += " {}"
            values.append(name)
        elif value is not False:
            pattern += ' {}="{}"'
            values += name, _text(value)
    return pattern


def _text(value):
    """Return a value as attributes say it: not in the numbers of a language."""
    return value if isinstance(value, str) else str(value)


def _label(value):
    """Return what people read: numbers and dates in those of their language."""
    return value if isinstance(value, str) else localize(value)
