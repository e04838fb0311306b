"""Template tags for certificates: the status as shape, word and colour."""

from django import template
from django.utils.translation import gettext

from reports.status import certificate_status as status

register = template.Library()

# Never colour alone (experience.md 1); the tones are those of the stylesheet.
_CHIPS = {
    status.BEING_MADE: ("missing", "–"),
    status.CURRENT: ("pass", "✓"),
    status.SUPERSEDED: ("undecided", "○"),
    status.WITHDRAWN: ("oos", "✕"),
    status.UNDER_REVIEW: ("alert", "▲"),
    status.REJECTED: ("oos", "✕"),
    status.RECALLED: ("oos", "✕"),
    status.ALTERED: ("oos", "✕"),
}


@register.inclusion_tag("lots/_status_chip.html")
def certificate_status(code):
    """Show the status of the day."""
    tone, shape = _CHIPS[code]
    return {"tone": tone, "shape": shape, "word": gettext(status.WORDS[code])}
