"""Template tags for certificates: the status as shape, word and colour."""

from django import template
from django.utils.translation import gettext

from reports.status.certificate_status import CertificateStatus

register = template.Library()


@register.inclusion_tag("lots/_status_chip.html")
def certificate_status(code):
    """Show the status of the day."""
    status = CertificateStatus.of(code)
    return {
        "tone": status.tone,
        "shape": status.tone.shape,
        "word": gettext(status.word),
    }
