"""Sentences about results: entered, corrected, submitted, reviewed."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lots.history.record_names import testing
from lots.history.recorded_acts import NotTold, new
from lots.history.sentences import clauses, values
from lots.models import MarkKind


def _entering(act, known):
    """Results: first, corrected, measured again, retested, from a new sample."""
    limits = values.limits(act, known)
    results = act.created("lots_result")
    typed = [one for one in results if new(one, "source") != "computed"] or results
    if not typed:
        raise NotTold("lots_result")
    named = typed[: clauses.NAMED] if len(typed) <= clauses.NAMED else ()
    told = {"who": clauses.who(act), "n": len(typed)}
    told["results"] = clauses.listed(
        values.failing(known, one, limits) for one in named
    )
    told["testing"] = testing(
        known.row("lots_result", typed[0].record).get("test_order__occasion", "")
    )
    after = ()
    if not named:
        main = (
            ngettext(
                "%(who)s entered %(n)s result of %(testing)s",
                "%(who)s entered %(n)s results of %(testing)s",
                len(typed),
            )
            % told
        )
    else:
        main, after = _further(act, known, typed[0], told)
    return clauses.joined(
        main,
        values.calculated(act, known),
        *values.verdicts(act, known, but={one.record for one in named}),
        values.opened(act),
        *values.progress(act, known),
        *after,
    )


def _further(act, known, entry, told):
    """Return the main clause by the kind of the result, and what must follow."""
    told |= {
        "test": known.name("lots_test", new(entry, "test_id")),
        "before": values.entered_before(known, new(entry, "replaces_id")),
        "after": values.as_entered(
            new(entry, "determinations"),
            known.row("lots_result", entry.record).get("test__unit", ""),
        ),
    }
    told["investigation"] = clauses.new_name(
        known, entry, "lots_investigation", "investigation_id"
    )
    after: tuple[str, ...] = ()
    match act.head.action:
        case "transcription":
            if new(entry, "needs_confirmation"):
                after = (_("a second person must confirm the correction"),)
            main = _(
                "%(who)s corrected the transcription of %(test)s from %(before)s to"
                " %(after)s"
            )
        case "reprocessing":
            after = (_("a second person must confirm the correction"),)
            main = _(
                "%(who)s reprocessed the data of %(test)s from %(before)s to %(after)s"
            )
        case "retest":
            main = _("%(who)s entered %(results)s as a retest under %(investigation)s")
        case "resample":
            main = _(
                "%(who)s entered %(results)s from a resample under %(investigation)s"
            )
        case "remeasurement" if not told["investigation"]:
            main = _("%(who)s entered %(results)s as a re-measurement")
        case "remeasurement":
            main = _(
                "%(who)s entered %(results)s as a re-measurement under"
                " %(investigation)s"
            )
        case "recalculation":
            main = _("%(who)s had %(results)s calculated again")
        case _:
            main = _("%(who)s entered %(results)s")
    return main % told, after


def _reviewing(act, known):
    """Results on their way to review: submitted, reviewed, sent back, confirmed."""
    marks = act.created("lots_mark")
    if not marks:
        raise NotTold("lots_mark")
    n = len(marks)
    told = {"who": clauses.who(act), "n": n}
    told["results"] = clauses.listed(
        values.stored(known, new(one, "result_id")) for one in marks
    )
    row = known.row("lots_result", new(marks[0], "result_id"))
    told["testing"] = testing(row.get("test_order__occasion", ""))
    is_named = n <= clauses.NAMED
    match act.head.action:
        case "submit":
            named = _("%(who)s submitted %(results)s for review")
            counted = ngettext(
                "%(who)s submitted %(n)s result of %(testing)s for review",
                "%(who)s submitted %(n)s results of %(testing)s for review",
                n,
            )
        case "review":
            named = _("%(who)s reviewed %(results)s")
            counted = ngettext(
                "%(who)s reviewed %(n)s result of %(testing)s",
                "%(who)s reviewed %(n)s results of %(testing)s",
                n,
            )
        case "send_back":
            named = _("%(who)s returned %(results)s to the analyst")
            counted = ngettext(
                "%(who)s returned %(n)s result of %(testing)s to the analyst",
                "%(who)s returned %(n)s results of %(testing)s to the analyst",
                n,
            )
        case _:
            named = _("%(who)s confirmed the correction to %(results)s")
            counted = ngettext(
                "%(who)s confirmed the correction of %(n)s result of %(testing)s",
                "%(who)s confirmed the correction of %(n)s results of %(testing)s",
                n,
            )
    main = (named if is_named else counted) % told
    if act.head.action in ("review", "confirm_correction"):
        main = _("%(said)s and signed") % {"said": main}
    return clauses.joined(
        main,
        values.calculated(act, known),
        values.closed(act, known),
        *values.verdicts(act, known),
        values.opened(act),
        *values.progress(act, known),
        _noticed(act),
    )


def _noticed(act):
    """Return the findings that a submission stored; blank where there are none."""
    found = [new(one, "text") for one in act.created("lots_consistencyfinding")]
    if not found:
        return ""
    return _("noticed: %(findings)s") % {"findings": " ".join(map(str, found))}


def _remarking(act, known):
    marks = act.created("lots_mark")
    if not marks:
        raise NotTold("lots_mark")
    told = {
        "who": clauses.who(act),
        "result": values.stored(known, new(marks[0], "result_id")),
        "remark": new(marks[0], "reason"),
    }
    if not told["remark"]:
        main = _("%(who)s took back the remark on %(result)s")
    elif new(marks[0], "kind") == MarkKind.PRINTED_REMARK:
        main = _("%(who)s put a remark on %(result)s, to be printed: “%(remark)s”")
    else:
        main = _("%(who)s put a remark on %(result)s: “%(remark)s”")
    return clauses.joined(main % told, *values.progress(act, known))


SENTENCES = {
    "remark": _remarking,
    **dict.fromkeys(
        (
            "enter",
            "recalculation",
            "remeasurement",
            "reprocessing",
            "resample",
            "retest",
            "transcription",
        ),
        _entering,
    ),
    **dict.fromkeys(
        ("confirm_correction", "review", "send_back", "submit"), _reviewing
    ),
}
