"""Certificates to decide: those that no task of a lot leads to, for QA.

The issue of one was interrupted; or its lot was reopened, and then not released again.
"""

import datetime
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lots.models import LotStatus, Stage
from reports.models import Certificate

_SHOWN = 20


@dataclass(frozen=True)
class Left:
    """A certificate that waits for QA, what for, and since when."""

    certificate: Certificate
    what: str | Promise
    since: datetime.datetime


def found():
    """Return the certificates that wait for QA and for nothing of their lot."""
    known = Certificate.objects.light().select_related("lot__status")
    interrupted = known.left_over()[:_SHOWN]
    lots = LotStatus.objects.filter(stage=Stage.REFUSED).values("lot")
    of_them = Certificate.objects.issued().filter(lot__in=lots).values("pk")
    refused = known.filter(pk__in=of_them).order_by("lot__status__stage_at", "pk")[
        :_SHOWN
    ]
    return [
        *(
            Left(one, _("Issue interrupted: complete it"), one.issued_at)
            for one in interrupted
        ),
        *(
            Left(
                one,
                _("Release refused since: withdraw it, or decide about the lot"),
                one.lot.status.stage_at,
            )
            for one in refused
        ),
    ]
