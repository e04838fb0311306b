"""Sentences about investigations, phase I and runs."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lots.history.recorded_acts import NotTold, new
from lots.history.sentences import clauses, values
from lots.rules.laboratory_error import Answer, Check, RunFinding, WhyInvalid


def _phase_one(act, known):
    """Phase I of an investigation: what is not in order, in words."""
    entry = act.the("lots_phaseone")
    told = {
        "who": clauses.who(act),
        "result": values.stored(known, new(entry, "result_id")),
        "checks": clauses.listed(
            _(Check.of(one["check"]).word)
            for one in new(entry, "checks")
            if one["answer"] == Answer.NO
        ),
    }
    main = (
        _("%(who)s signed phase I of %(result)s: not in order: %(checks)s")
        if told["checks"]
        else _("%(who)s signed phase I of %(result)s: everything is in order")
    )
    return main % told


def _invalid_run(act, known):
    """A run that gave no value."""
    entries = act.created("lots_invalidrun")
    if not entries:
        raise NotTold("lots_invalidrun")
    lots = [known.name("lots_lot", new(one, "lot_id")) for one in entries]
    return _("%(who)s recorded run %(run)s of %(lots)s as invalid: %(why)s") % {
        "who": clauses.who(act),
        "run": new(entries[0], "run"),
        "lots": clauses.listed(lots),
        "why": _(WhyInvalid.of(new(entries[0], "why")).word),
    }


def _of_run(act, known):
    """Yield what was decided of the other results of the run."""
    for entry in act.created("lots_rundecision"):
        told = {"result": values.stored(known, new(entry, "result_id"))}
        if new(entry, "finding") == RunFinding.STANDS:
            yield _("%(result)s of the same run stays valid") % told
        else:
            yield _("%(result)s of the same run is also invalid") % told


def _investigation(act, known):
    """Investigations of results that fail or cannot be decided."""
    entry = (act.changed("lots_investigation") or [act.the("lots_investigation")])[0]
    told = {"who": clauses.who(act), "number": known.of(entry)}
    match act.head.action:
        case "open_investigation":
            told["result"] = values.stored(known, new(entry, "result_id"))
            told["criterion"] = (
                values.limits(act, known)
                .get(str(new(entry, "result_id")), "")
                .removesuffix(", undecided")
            )
            main = _(
                "%(who)s opened investigation %(number)s: %(result)s is undecided"
                " against %(criterion)s"
            )
            return clauses.joined(main % told, *values.progress(act, known))
        case "plan":
            told["n"] = int(new(entry, "planned_retests"))
            return (
                ngettext(
                    "%(who)s planned %(n)s retest for investigation %(number)s",
                    "%(who)s planned %(n)s retests for investigation %(number)s",
                    told["n"],
                )
                % told
            )
    main = _("%(who)s concluded investigation %(number)s")
    finding = (
        _("laboratory error proven")
        if new(entry, "conclusion") == "proven"
        else _("no laboratory error proven, the result stays valid")
    )
    invalid = clauses.listed(
        values.stored(known, new(one, "result_id")) for one in act.created("lots_mark")
    )
    return clauses.joined(
        clauses.signed(act, main % told),
        finding,
        invalid and _("%(results)s invalidated") % {"results": invalid},
        *_of_run(act, known),
        *values.verdicts(
            act,
            known,
            but={str(new(one, "result_id")) for one in act.created("lots_rundecision")},
        ),
        values.opened(act),
        *values.progress(act, known),
    )


SENTENCES = {
    **dict.fromkeys(("conclude", "open_investigation", "plan"), _investigation),
    "invalid_run": _invalid_run,
    "phase_one": _phase_one,
}
