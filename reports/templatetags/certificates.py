"""Template tags for certificates: the status as shape, word and colour."""

from django import template
from django.utils.translation import gettext

from lots import calendar
from lots.rules.states import LineOutcome
from lots.views import lot_tracks
from reports.composition.results import VERDICTS
from reports.models import Certificate
from reports.status import certificate_status as of_certificates
from reports.status.certificate_status import CertificateStatus

register = template.Library()
_PRINTED = (LineOutcome.PASS, LineOutcome.REPORTED, LineOutcome.FAIL)


@register.inclusion_tag("reports/certificates/_concerned.html")
def concerned(lot, descendants):
    """Show a lot and all that was made of it, each with its certificates issued.

    With the recipient of each, for whoever decides about the lot tells them.
    """
    return {
        "lot": lot,
        "descendants": descendants,
        "rows": _with_certificates([lot, *descendants]),
    }


@register.inclusion_tag("reports/certificates/_concerned.html")
def released_without(failure, lots):
    """Show the lots that were released without a periodic test that failed since."""
    return {"failure": failure, "rows": _with_certificates(lots)}


def _with_certificates(lots):
    """Return each lot with its certificates and the status of each."""
    printed = Certificate.objects.light().printed().filter(lot__in=lots)
    issued: dict[int, list[tuple[Certificate, CertificateStatus]]] = {}
    for one in of_certificates.asked(printed).select_related("customer").order_by("pk"):
        issued.setdefault(one.lot_id, []).append((one, of_certificates.code(one)))
    return [(one, issued.get(one.pk, ())) for one in lots]


@register.simple_tag
def issued_for(lot):
    """Return the last certificate issued for each assessment of the lot, by its key.

    One query, and none while nothing of the lot was ever released.
    """
    if not lot.status.released_at and not lot.status.released_uses:
        return {}
    issued = Certificate.objects.light().issued().filter(lot=lot)
    return {
        one.assessment_id: one
        for one in issued.select_related("issued_by").order_by("issued_at", "pk")
    }


@register.inclusion_tag("reports/certificates/_certified_step.html")
def certified_step(track, issued):
    """Show the last step of an assessment's track: its certificate, if there is one."""
    one = issued.get(track.assessment.pk)
    progress = lot_tracks.Progress.NEXT
    if one:
        progress = lot_tracks.Progress.DONE
    elif track.is_released:
        progress = lot_tracks.Progress.NOW
    return {
        "certificate": one,
        "on": calendar.today(one.issued_at) if one else None,
        "progress": progress,
        "said": lot_tracks.SAID[progress],
    }


@register.inclusion_tag("reports/certificates/_printed_verdict.html")
def printed_verdict(line):
    """Show the outcome of a line in the word that certificates print.

    Of what no certificate is issued with, in the word of the pages.
    """
    tone = line.outcome.tone
    word = VERDICTS[line.outcome] if line.outcome in _PRINTED else line.outcome.word
    return {"line": line, "tone": tone, "shape": tone.shape, "word": gettext(word)}


@register.inclusion_tag("lots/_status_chip.html")
def certificate_status(code):
    """Show the status of the day."""
    status = CertificateStatus.of(code)
    return {
        "tone": status.tone,
        "shape": status.tone.shape,
        "word": gettext(status.word),
    }
