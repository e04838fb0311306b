"""Values in a sentence: what was entered, what it fails, what became of it."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lots.history.recorded_acts import new, old
from lots.history.sentences import clauses
from lots.rules.criterion import raised
from lots.rules.states import AssessmentState


def entered(known, entry):
    """Return the test and what was typed, nothing of what was computed: Water 1.8 %."""
    row = known.row("lots_result", entry.record)
    test = known.name("lots_test", new(entry, "test_id"))
    typed = as_entered(new(entry, "determinations"), row.get("test__unit", ""))
    return f"{test} {typed}".strip()


def stored(known, key):
    """Return the test and what was typed of a stored result, which never changes."""
    row = known.row("lots_result", key)
    if not row:
        return known.name("lots_result", key)
    typed = as_entered(row["determinations"], row["test__unit"])
    return f"{row['test__name']} {typed}".strip()


def entered_before(known, key):
    row = known.row("lots_result", key)
    return as_entered(row.get("determinations"), row.get("test__unit", ""))


def as_entered(determinations, unit):
    if not isinstance(determinations, list):
        return ""
    texts = [
        f"{one.get('component', '')} {one.get('text', '')}".strip()
        for one in determinations
        if isinstance(one, dict)
    ]
    said = " / ".join(texts[: clauses.NAMED])
    if len(texts) > clauses.NAMED:
        more = len(texts) - clauses.NAMED
        said = ngettext("%(said)s and %(n)s more", "%(said)s and %(n)s more", more) % {
            "said": said,
            "n": more,
        }
    elif unit and said[-1:].isdigit():
        return f"{said} {unit}"
    return said


def limits(act, known):
    """Return by result the criterion that it fails, as its investigation says it."""
    found = {}
    for entry in act.created("lots_investigation"):
        key = str(new(entry, "result_id"))
        test = known.row("lots_result", key).get("test__name", "")
        trigger = str(new(entry, "trigger"))
        __, against, words = trigger.removeprefix(f"{test}: ").partition(" against ")
        found[key] = raised(words) if against else raised(trigger)
    return found


def failing(known, entry, limits):
    """Return the value with the criterion that it fails, if it fails one."""
    value = entered(known, entry)
    if entry.record not in limits:
        return value
    return _("%(value)s (fails %(criterion)s)") % {
        "value": value,
        "criterion": limits[entry.record],
    }


def verdicts(act, known, but=()):
    """Yield for each investigation that the act opened which value fails what."""
    for key, criterion in limits(act, known).items():
        if key not in but:
            yield _("%(value)s fails %(criterion)s") % {
                "value": stored(known, key),
                "criterion": criterion,
            }


def opened(act):
    """Return the clause of the investigations that the act opened."""
    numbers = clauses.listed(
        new(one, "number") for one in act.created("lots_investigation")
    )
    return numbers and _("%(numbers)s opened") % {"numbers": numbers}


def progress(act, known):
    """Yield what became of the assessments by the way."""
    for entry in act.changed("lots_assessment"):
        told = {"specification": known.of(entry)}
        match old(entry, "state"), new(entry, "state"):
            case AssessmentState.OPEN, AssessmentState.COMPLETE:
                yield _("testing against %(specification)s is complete") % told
            case AssessmentState.COMPLETE, AssessmentState.OPEN:
                yield _("testing against %(specification)s is open again") % told


def calculated(act, known):
    """Return the clause of what the program worked out by the way."""
    results = act.created("lots_result")
    computed = [one for one in results if new(one, "source") == "computed"]
    if not computed or len(computed) == len(results):
        return ""
    tests = (known.name("lots_test", new(one, "test_id")) for one in computed)
    return _("%(tests)s calculated") % {"tests": clauses.listed(dict.fromkeys(tests))}


def closed(act, known):
    """Return the clause of the investigations that the act closed."""
    closed = [
        known.of(entry)
        for entry in act.changed("lots_investigation")
        if new(entry, "closed_at")
    ]
    return closed and _("%(numbers)s closed") % {"numbers": clauses.listed(closed)}
