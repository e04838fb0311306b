"""Template tags for set-up and trail: states of drafts, roles, acts, records."""

from django import template
from django.utils.text import Truncator
from django.utils.translation import gettext

from lots import wording
from lots.models import Approval, Role

register = template.Library()

SHOWN_CHARACTERS = 200


@register.filter
def approval_tone(record):
    """Return the tone of a state; the word always stands beside it."""
    return Approval.of(record.state).tone


@register.filter
def role_names(roles):
    """Return the roles in words."""
    return ", ".join(gettext(Role.of(role).word) for role in roles)


register.filter("action_words", wording.action_words)
register.filter("record_words", wording.record_words)


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
