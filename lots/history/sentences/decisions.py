"""Sentences about QA's decisions on a lot."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazily

from lots.history.record_names import use_name
from lots.history.recorded_acts import NotTold, new
from lots.history.sentences import clauses
from lots.rules.states import AssessmentState
from lots.rules.step_table import DECISIONS, STEPS

_DECISIONS = {
    **{code: lazily(STEPS[code].told) for code in DECISIONS},
    "refuse": lazily(
        "%(who)s refused to release lot %(lot)s for %(use)s use (%(what)s)"
    ),
    "release": lazily("%(who)s released lot %(lot)s for %(use)s use (%(what)s)"),
    "keep_release": lazily(
        "%(who)s kept the release of lot %(lot)s for %(use)s use under %(what)s"
    ),
    "reinstate": lazily(
        "%(who)s reinstated the periodic testing after the failure of %(what)s"
    ),
    "conclude_finding": lazily(
        "%(who)s concluded on a finding of lot %(lot)s: %(what)s"
    ),
    "unaffected": lazily("%(who)s signed that lot %(lot)s is not affected by %(what)s"),
}


def _decision(act, known):
    """What becomes of a lot, signed by QA; anybody may put one on hold."""
    action = act.head.action
    told = {"who": clauses.who(act), "lot": clauses.lot_number(act, known)}
    if action in ("release", "refuse"):
        entry = act.the("lots_assessment")
        told["what"] = known.of(entry)
        told["use"] = use_name(known.row(entry.table, entry.record).get("use", ""))
    if action == "keep_release":
        entry = act.the("lots_releasekept")
        told["what"] = clauses.new_name(
            known, entry, "lots_specification", "minimum_id"
        )
        told["use"] = use_name(new(entry, "use") or "")
    if action == "reinstate":
        told["what"] = known.of(act.the("lots_periodicfailure"))
    if action == "conclude_finding":
        told["what"] = known.of(act.the("lots_consistencyfinding")).rstrip(".")
    if action == "unaffected":
        entry = act.the("lots_unaffected")
        held = clauses.new_name(known, entry, "lots_lot", "held_id")
        qualified = clauses.new_name(
            known, entry, "lots_qualification", "qualification_id"
        )
        failure = clauses.new_name(known, entry, "lots_periodicfailure", "failure_id")
        told["what"] = (
            _("the failure of %(what)s") % {"what": failure}
            if failure
            else _("the hold of lot %(held)s") % {"held": held}
            if held
            else _("what is said of the qualification of %(what)s")
            % {"what": qualified}
        )
    if action == "reopen":
        told["deviation"] = _deviation(act)
    withdrawn = [
        known.of(entry)
        for entry in act.changed("lots_assessment")
        if new(entry, "state") == AssessmentState.RELEASE_WITHDRAWN
    ]
    return clauses.joined(
        clauses.signed(act, _DECISIONS[action] % told),
        withdrawn
        and _("release against %(what)s withdrawn")
        % {"what": clauses.listed(withdrawn)},
    )


def _deviation(act):
    """Return the deviation number, which stands before the reason in the lot's row."""
    for entry in act.changed("lots_lot"):
        text = new(entry, "state_reason")
        if text:
            return text.removesuffix(act.head.reason).rstrip().removesuffix(":")
    raise NotTold("deviation")


SENTENCES = {
    **dict.fromkeys(_DECISIONS, _decision),
}
