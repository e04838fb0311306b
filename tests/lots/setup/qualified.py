"""Qualifications drafted and approved for a test."""

import datetime

from lots import calendar
from lots.evidence import signatures
from lots.evidence.documents import Upload
from lots.setup import qualifications


def qualified(world, at, *, by=None, **facts):
    """Approve a qualification of our works for oral use; return it."""
    draft = qualifications.draft_qualification(
        **{
            "by": world.cast.olga,
            "at": at,
            "site": world.works,
            "material": world.material,
            "use": "oral",
            "process": "BP-09",
            "valid_from": calendar.today(at) - datetime.timedelta(days=1000),
            "storage": "Below 25 °C",
            "retest_months": 24,
            "evidence": Upload("agreement.pdf", b"%PDF-1.4 agreement"),
            "evidence_reference": "QA-77",
            **facts,
        }
    )
    by = by or world.cast.chen
    return qualifications.approve_qualification(
        qualification=draft,
        by=by,
        at=at,
        confirmation=world.cast.confirmation(by, at=at),
        shown=signatures.shown(qualifications.qualification_text(draft)),
    )


def expiring(world, at, **facts):
    """Approve a process whose lots have an expiry date; return the facts of a lot."""
    row = qualified(world, at, date_kind="expiry", **facts)
    return {"process": row.process, "date_kind": "expiry"}
