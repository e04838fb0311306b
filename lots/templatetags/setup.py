"""Words of the set-up pages: drafts and roles."""

from django import template
from django.utils.translation import gettext

from lots.models import Approval, Role
from lots.wording import in_per_cent

register = template.Library()


@register.filter
def approval_tone(record):
    """Return the tone of a state; the word always stands beside it."""
    return Approval.of(record.state).tone


@register.filter
def share_of_limit(distance):
    """Return a distance to a limit, a share of it, in per cent."""
    return in_per_cent(int(distance * 1000))


@register.filter
def role_names(roles):
    """Return the roles in words."""
    return ", ".join(gettext(Role.of(role).word) for role in roles)
