"""Repeated refusals: one sentence for what is refused of many tests alike.

A list of what blocks a step says how many tests and which, not one sentence for each.
The records, and what is signed of them, keep each by itself.
"""

from collections.abc import Iterable

from lots.rules.refusal import Refusal
from lots.rules.stored_codes import gettext_noop as _

# More names than these are not read; the page of the step has them all.
MOST_NAMED = 10
# What a sentence of one test reads of several, by its code.
_SEVERAL = {
    "missing": _("%(n)s tests have no result: %(tests)s; enter their results."),
    "unreviewed": _(
        "%(n)s results are not reviewed: %(tests)s; a reviewer must sign them."
    ),
    "unconfirmed": _(
        "%(n)s corrections wait: %(tests)s; a reviewer verifies or returns them."
    ),
    "waits": _(
        "%(n)s tests wait for the result of %(water)s: %(tests)s; enter %(water)s, and"
        " they are calculated."
    ),
    "stale": _(
        "%(n)s tests were calculated with a result of %(water)s that is no longer"
        " valid: %(tests)s; if %(water)s has another valid result, enter their values"
        " again as transcription corrections. If not, enter %(water)s, and they are"
        " calculated again."
    ),
    "periodic": _(
        "%(n)s tests are required, because no earlier lot has a valid, reviewed result"
        " of them that passes and is recent enough: %(tests)s; test them."
    ),
    "elsewhere-waits": _(
        "%(n)s tests in test order %(ordinal)s of the lot wait for other results:"
        " %(tests)s; enter those there, and these are calculated."
    ),
    "minimum-missing": _(
        "%(n)s tests have no valid result, and the minimum specification %(minimum)s"
        " requires one of every lot: %(tests)s; test them, or add an assessment against"
        " a specification that has them."
    ),
    "minimum-unreviewed": _(
        "%(n)s tests that the minimum specification %(minimum)s requires are not"
        " reviewed: %(tests)s; a reviewer must sign them."
    ),
    "days": _(
        "%(n)s tests of lot %(lot)s were %(after)s on %(then)s, but %(before)s on"
        " %(first)s, which is later: %(tests)s; correct the day that is wrong; of a"
        " released lot, QA reopens the lot first."
    ),
}
# By what two refusals of one kind may differ and still be one sentence.
_OF_ONE = ("test", "attempt", "criterion")


def together(refusals: Iterable[Refusal]) -> list[Refusal]:
    """Return the refusals, those that differ by their test alone as one.

    It stands where the first of them stood, with how many they are (`n`) and the names
    of the tests, of which the longest lists are cut.
    """
    found: dict[object, list[Refusal]] = {}
    for number, one in enumerate(refusals):
        found.setdefault(_kind(one) or number, []).append(one)
    return [each[0] if len(each) == 1 else _of(each) for each in found.values()]


def _kind(refusal: Refusal) -> tuple[object, ...] | None:
    """Return what refusals have in common that are one sentence; None of any other."""
    if refusal.code not in _SEVERAL or "test" not in refusal.params:
        return None
    if refusal.code == "periodic" and "earlier" in refusal.params:
        # It names the lot on which the test failed.
        return None
    others = {
        name: str(value)
        for name, value in refusal.params.items()
        if name not in _OF_ONE
    }
    return refusal.code, refusal.sentence, refusal.field, *sorted(others.items())


def _of(refusals: list[Refusal]) -> Refusal:
    first = refusals[0]
    names = list(dict.fromkeys(_named(one) for one in refusals))
    others = {
        name: value for name, value in first.params.items() if name not in _OF_ONE
    }
    return Refusal(
        first.code,
        _SEVERAL[first.code],
        field=first.field,
        n=len(refusals),
        tests=", ".join([*names[:MOST_NAMED], *(["…"] if names[MOST_NAMED:] else [])]),
        **others,
    )


def _named(refusal: Refusal) -> str:
    """Return the name of the test, with the number of a later attempt."""
    attempt = refusal.params.get("attempt", 1)
    test = str(refusal.params["test"])
    return test if attempt == 1 else f"{test} ({attempt})"
