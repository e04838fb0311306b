"""Words of the set-up pages: drafts and roles."""

from django import template

from lots.models import Approval, Role

register = template.Library()

TONES = {
    Approval.DRAFT: "alert",
    Approval.APPROVED: "pass",
    Approval.SUSPENDED: "oos",
}


@register.filter
def approval_tone(record):
    """Return the tone of a state; the word always stands beside it."""
    return TONES.get(record.state, "missing")


@register.filter
def role_names(roles):
    """Return the roles in words."""
    return ", ".join(str(Role(role).label) for role in roles)
