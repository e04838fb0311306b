"""Words of the set-up pages: drafts and roles."""

from django import template
from django.utils.translation import gettext

from lots.models import Approval, Role

register = template.Library()


@register.filter
def approval_tone(record):
    """Return the tone of a state; the word always stands beside it."""
    return Approval.of(record.state).tone


@register.filter
def role_names(roles):
    """Return the roles in words."""
    return ", ".join(gettext(Role.of(role).word) for role in roles)
