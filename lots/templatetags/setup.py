"""Words of the set-up pages: states of drafts, roles, records of the trail."""

from django import template
from django.apps import apps
from django.utils.text import Truncator

from lots.models import Approval, Role

register = template.Library()

TONES = {
    Approval.DRAFT: "alert",
    Approval.APPROVED: "pass",
    Approval.SUSPENDED: "oos",
}
SHOWN_CHARACTERS = 200


@register.filter
def approval_tone(record):
    """Return the tone of a state; the word always stands beside it."""
    return TONES.get(record.state, "missing")


@register.filter
def role_names(roles):
    """Return the roles in words."""
    return ", ".join(str(Role(role).label) for role in roles)


@register.filter
def table_words(table):
    """Return the word for the records of a table; its name if it has none."""
    for label in ("lots", "reports"):
        for model in apps.get_app_config(label).get_models():
            if model._meta.db_table == table:
                return model._meta.verbose_name
    return table


@register.filter
def changes(entry):
    """Return what the entry changed: name, old and new, cut where they are long."""
    return [
        (name, _shown(old), _shown(new)) for name, (old, new) in entry.changes.items()
    ]


def _shown(value):
    if value is None or value == "":
        return "–"
    return Truncator(str(value)).chars(SHOWN_CHARACTERS)
