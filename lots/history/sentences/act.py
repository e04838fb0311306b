"""What happened, as one sentence for each act of the audit trail.

"Lin Yue entered Water 1.8 % (fails NMT 1.0 %); OOS-2026-00005 opened." Sentences are
made from what the entries hold, never from what is true today; only names of records
that an entry points at are looked up. Each module of this folder has the actions of one
subject, each with the function that makes its sentence. A sentence is translated whole,
with named places.
"""

from django.utils.translation import gettext as _

from lots.history.recorded_acts import NotTold, new
from lots.history.sentences import (
    certificates,
    changed_records,
    clauses,
    decisions,
    investigations,
    lots,
    people,
    results,
    setup,
    site,
)
from lots.rules.states import AssessmentState
from lots.wording import ACTIONS

_SENTENCES = {
    **people.SENTENCES,
    **site.SENTENCES,
    **setup.SENTENCES,
    **changed_records.SENTENCES,
    **lots.SENTENCES,
    **results.SENTENCES,
    **investigations.SENTENCES,
    **decisions.SENTENCES,
    **certificates.SENTENCES,
}


def said(act, known):
    """Return the sentence of the act. `known` are the names of its records.

    Where the entries at hand do not hold what the sentence is about, it says who took
    which step.
    """
    make = _SENTENCES.get(act.head.action)
    try:
        if make is None:
            raise NotTold(act.head.action)
        main = _of_another_lot(act, known) or make(act, known)
    except NotTold:
        main = _("%(who)s took the step: %(action)s") % {
            "who": clauses.who(act),
            "action": ACTIONS.get(act.head.action, act.head.action),
        }
    return _with_reason(act, main)


def _of_another_lot(act, known):
    """Return what an act on another lot did to this one; None of any other act.

    A lot whose periodic tests rest on another lot's result follows that lot.
    """
    if any(
        entry.table != "lots_assessment" or set(entry.changes) != {"state"}
        for entry in act.entries
    ):
        return None
    return _(
        "%(assessment)s is %(state)s: %(who)s took a step on another lot (%(action)s)"
        " that decides the periodic tests of this one"
    ) % {
        "assessment": clauses.listed(known.of(entry) for entry in act.entries),
        "state": _(AssessmentState.of(new(act.head, "state")).said),
        "who": clauses.who(act),
        "action": ACTIONS.get(act.head.action, act.head.action),
    }


def _with_reason(act, main):
    reason = act.head.reason.strip().rstrip(".")
    if not reason:
        # A name that ends in a full stop ends the sentence too.
        return _("%(said)s.") % {"said": main.removesuffix(".")}
    words = {
        "release": _("%(said)s; justification: %(reason)s."),
        "plan": _("%(said)s; hypothesis: %(reason)s."),
        "conclude": _("%(said)s; cause: %(reason)s."),
    }.get(act.head.action, _("%(said)s; reason: %(reason)s."))
    return words % {"said": main, "reason": reason}
