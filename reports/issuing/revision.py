"""Revision: the release it rests on, and what it changes.

A revision supersedes for ever, so QA sees the changes first.
"""

from lots.models import Assessment, AssessmentState
from reports.issuing.preflight import look
from reports.issuing.request import NotIssuable, Proposal

# Stands for "as on the revision before", where nobody and nothing are answers too.
AS_BEFORE = object()


def proposal(
    *,
    certificate,
    assessment,
    at,
    reason,
    customer=AS_BEFORE,
    order=AS_BEFORE,
    shipped=AS_BEFORE,
    shown="",
):
    """Return what is asked for; addressee, order and quantity as before if not said."""
    return Proposal(
        assessment=assessment,
        at=at,
        customer=certificate.customer if customer is AS_BEFORE else customer,
        order=certificate.order if order is AS_BEFORE else order.strip(),
        shipped=certificate.shipped if shipped is AS_BEFORE else shipped.strip(),
        revises=certificate,
        reason=reason.strip(),
        shown=shown,
    )


def changes(*, certificate, at, **asked):
    """Return what the revision would print otherwise than the certificate.

    Raises NotIssuable with everything that blocks it.
    """
    assessment = Assessment.objects.select_related(
        "lot__material",
        "lot__site__organisation",
        "lot__qualification",
        "lot__original_certificate",
        "test_order",
        "specification__customer",
        "signature",
    ).get(pk=released_now(certificate).pk)
    found = look(
        proposal(certificate=certificate, assessment=assessment, at=at, **asked)
    )
    if found.blockers:
        raise NotIssuable(found.blockers)
    return found.changes


def released_now(certificate):
    """Return the assessment that vouches today for what the certificate says.

    Its own while that is released; after a reopening the latest one released
    against the same specification code, for the same use. Its own where there is
    none, so that the refusal speaks of it.
    """
    own = certificate.assessment
    if own.state == AssessmentState.RELEASED:
        return own
    since = (
        Assessment.objects.filter(
            lot_id=certificate.lot_id,
            specification__code=own.specification.code,
            use=own.use,
            state=AssessmentState.RELEASED,
        )
        .order_by("-signature_id")
        .first()
    )
    return since or own
