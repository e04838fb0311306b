"""Receivers: keep the certificate counts of the lot status right after a release."""

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
