"""Valid qualification: the one that covers a lot on a day.

Asked when the lot is logged, released and certified; of many lots at once, for a list,
as a condition. Reads, never writes (domain.md 0.2).
"""

import datetime

from django.db.models import Exists, OuterRef, Q

from lots.models import Approval, Qualification
from lots.rules import uses as use_words
from lots.rules.refusal import Refusal


class NotQualified(Refusal):
    """No qualification stands for what is asked."""


def of_lot(lot, *, on, kept=None):
    """Return the qualification by which a logged lot stands on a day.

    Raises NotQualified as `valid_qualification` does.
    """
    return valid_qualification(
        material=lot.material,
        site=lot.site,
        use=lot.use,
        process=lot.qualification.process,
        manufactured_on=lot.manufactured_on,
        on=on,
        kept=kept,
    )


def valid_qualification(
    *, material, site, use, process, manufactured_on, on, kept=None
):
    """Return the qualification that covers the day of manufacture and stands on `on`.

    Raises NotQualified with the reason why none does: none at all, a draft only,
    suspended, withdrawn for cause, expired, or not covering the day of manufacture. One
    that is suspended decides, whatever else stands beside it. `kept` are those of this
    kind, where they are at hand, the latest first.
    """
    what = {
        "material": material.name,
        "site": str(site),
        "use": use_words.use(use).products,
        "process": process,
    }
    if kept is None:
        kept = Qualification.objects.filter(
            material=material, site=site, use=use, process=process
        ).order_by("-valid_from", "-pk")
    kept = list(kept)
    rows = [row for row in kept if row.state != Approval.WITHDRAWN]
    if not rows and not _ended_for_cause(kept):
        raise NotQualified(
            "none",
            "%(site)s has no qualification to make %(material)s for the manufacture of"
            " %(use)s by the process %(process)s; ask QA to draft and approve one"
            " first.",
            **what,
        )
    for row in rows:
        if row.state == Approval.SUSPENDED:
            raise NotQualified(
                "suspended",
                "The qualification of %(site)s to make %(material)s for the"
                " manufacture of %(use)s by the process %(process)s is suspended:"
                " %(reason)s",
                reason=_sentence_end(row.state_reason),
                **what,
            )
    ended = _ended_for_cause(kept)
    approved = [
        row
        for row in rows
        if row.state == Approval.APPROVED
        and not (ended and row.drafted_at <= ended.caused_at)
    ]
    if ended and not approved:
        raise NotQualified(
            "withdrawn",
            "The qualification of %(site)s to make %(material)s for the manufacture of"
            " %(use)s by the process %(process)s was withdrawn for cause: %(reason)s"
            " Ask QA to draft a new one, and another person of QA to approve it.",
            reason=_sentence_end(ended.state_reason),
            **what,
        )
    if not approved:
        raise NotQualified(
            "draft",
            "The qualification of %(site)s to make %(material)s for the manufacture of"
            " %(use)s by the process %(process)s is not approved yet; ask another"
            " person of QA than its drafter to approve it.",
            **what,
        )
    covering = [row for row in approved if _covers(row, manufactured_on)]
    if not covering:
        raise NotQualified(
            "not-covering",
            "The qualification of %(site)s to make %(material)s for the manufacture of"
            " %(use)s by the process %(process)s is valid %(dates)s and does not cover"
            " the day of manufacture, %(manufactured_on)s.",
            dates=" and ".join(map(_dates, approved)),
            manufactured_on=manufactured_on.isoformat(),
            **what,
        )
    valid = [row for row in covering if _covers(row, on)]
    if not valid:
        raise NotQualified(
            "expired",
            "The qualification of %(site)s to make %(material)s for the manufacture of"
            " %(use)s by the process %(process)s is valid %(dates)s and not on %(on)s;"
            " ask QA to renew it. The renewal must cover %(manufactured_on)s too.",
            dates=" and ".join(map(_dates, covering)),
            on=on.isoformat(),
            manufactured_on=manufactured_on.isoformat(),
            **what,
        )
    return valid[0]


def valid_on(on: datetime.date) -> Q:
    """Return the condition of lot statuses with a qualification that stands on a day.

    What `of_lot` says of each, in the database: the tests hold the two together.
    """
    ended_since = Qualification.objects.filter(
        material=OuterRef("material"),
        site=OuterRef("site"),
        use=OuterRef("use"),
        process=OuterRef("process"),
        state=Approval.WITHDRAWN,
        cause_since__isnull=False,
        caused_at__gte=OuterRef("drafted_at"),
    )
    standing = _alike().filter(
        ~Exists(ended_since),
        _covering(on),
        _covering(OuterRef("manufactured_on")),
        state=Approval.APPROVED,
    )
    return Q(Exists(standing)) & ~is_suspended()


def is_suspended() -> Q:
    """Return the condition of lot statuses of which a qualification is suspended."""
    return Q(Exists(_alike().filter(state=Approval.SUSPENDED)))


def _alike():
    """Return the qualifications of the process by which the lot of a status is made."""
    return Qualification.objects.filter(
        material=OuterRef("material"),
        site=OuterRef("site"),
        use=OuterRef("use"),
        process=OuterRef("lot__qualification__process"),
    )


def _covering(day: datetime.date | OuterRef) -> Q:
    """Return the condition of qualifications that are valid on the day."""
    return Q(valid_from__lte=day) & (Q(valid_until=None) | Q(valid_until__gte=day))


def _ended_for_cause(kept):
    """Return the last that was withdrawn for cause; what was drafted before it ended.

    None where none was: a renewal beside it speaks for the same process.
    """
    ended = [
        row
        for row in kept
        if row.state == Approval.WITHDRAWN and row.cause_since is not None
    ]
    return max(ended, key=lambda row: row.caused_at, default=None)


def _covers(row, day):
    return row.valid_from <= day and (row.valid_until is None or day <= row.valid_until)


def _dates(row):
    since = f"from {row.valid_from.isoformat()}"
    return since if row.valid_until is None else f"{since} to {row.valid_until}"


def _sentence_end(text):
    return text if text.endswith((".", "!", "?")) else f"{text}."
