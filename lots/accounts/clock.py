"""Clock of the server: two people say that it is right, where the trail is ahead of it.

An act earlier than the entries before it is refused (`lots.evidence.audit`). Where the
clock was once wrong and forward, every act would be, until that day has come.
"""

from lots.accounts import permissions
from lots.evidence import audit
from lots.models import AuditEntry, Role, User
from lots.rules import chain
from lots.rules.refusal import Refusal
from lots.rules.step_table import STEPS

# Who may say it beside QA: whoever keeps the server has no other say in records.
SECOND = (Role.QA, Role.ADMINISTRATOR)


def accept_clock(*, by, second, at, reason):
    """Record that two people compared the clock and found it right; return the entry.

    Both proved by password who they are. Later acts are compared with this one, no
    longer with the entries before it, and verification takes those as they are.
    Raises NotAllowed, NoReason, and Refusal where there is nothing to accept or the
    two are not two.
    """
    with audit.act(by=by, at=at, action=chain.CLOCK_ACCEPTED, reason=reason) as act:
        permissions.check(act, STEPS["accept_clock"], subject="the server")
        second = _second(act, second)
        act.take_turn()
        clock = _clock()
        if not _is_ahead(clock, at) and clock.set_back is None:
            raise Refusal(
                "clock-agrees",
                "The clock of the server and the audit trail agree, so there is nothing"
                " to accept; go on with your work.",
            )
        act.note(
            second=f"{second.printed_name} ({second.username})",
            latest_before=clock.latest.isoformat(),
        )
    return AuditEntry.objects.order_by("-sequence").first()


def entry_ahead(*, at):
    """Return the time of the trail's newest entry if the clock is behind it.

    Then every act is refused, until the clock is right or two people accept it.
    """
    newest = AuditEntry.objects.order_by("-sequence").values_list("at", flat=True)
    last = newest.first()
    return last if last and last - at > chain.CLOCK_TOLERANCE else None


def _second(act, second):
    second = User.objects.get(pk=second.pk)
    if second.pk in act.by.accounts:
        raise Refusal(
            "clock-alone",
            "You cannot accept the clock alone; name a second person with --with.",
        )
    if not second.is_a(*SECOND):
        raise Refusal(
            "clock-second",
            "%(name)s is neither QA nor an administrator; name a second person of"
            " either with --with.",
            name=second.printed_name,
        )
    return second


def _clock():
    clock = chain.Clock()
    entries = AuditEntry.objects.order_by("sequence")
    for sequence, at, action in entries.values_list("sequence", "at", "action"):
        clock.hear(sequence=sequence, at=at, action=action)
    return clock


def _is_ahead(clock, at):
    return clock.latest is not None and clock.latest - at > chain.CLOCK_TOLERANCE
