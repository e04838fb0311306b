"""Keeps the lots' read model right about certificates when a release comes or goes.

`lots` does not know of certificates, so it cannot count them. Connected when the app
is ready; imports issuing.
"""

from django.db.models.signals import post_save

from lots.models import Assessment, AssessmentState
from reports.issuing import certificates

_COUNTED = (AssessmentState.RELEASED, AssessmentState.RELEASE_WITHDRAWN)


def recount(sender, instance, **_kwargs):
    """Count again what waits for a certificate. Not evidence, so a signal will do."""
    if instance.state in _COUNTED:
        certificates.count(instance.lot)


def connect():
    post_save.connect(recount, sender=Assessment, dispatch_uid="reports.recount")
