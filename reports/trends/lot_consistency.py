"""Consistency of a lot: its tests as small multiples, what is not as before first."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lots.consistency import lot_history
from lots.consistency.lot_history import LotHistory, TestHistory
from lots.evaluation.outcome import LotEvaluation
from lots.models import Test
from lots.rules.stored_codes import Tone
from lots.statistics.samples import NotCalculated
from lots.wording import in_per_cent, sentence
from reports.charts import svg
from reports.trends import drawings

ALL, SIGNALS = "all", "signals"
# In thousandths, as lists say it.
_THOUSAND = 1000


@dataclass(frozen=True)
class Multiple:
    """A test of the lot: its picture, what it says, and the figures beneath.

    `tone` is that of the mark. `refused` says why there are no control limits or run
    rules; `figures` how far it is from its limit and from the centre.
    """

    test: Test
    url: str
    tone: Tone
    words: str
    refused: str
    value: str
    criterion: str
    figures: str
    picture: str

    @property
    def is_signal(self):
        """Return whether it is not as before, or fails."""
        return self.tone in (Tone.OOS, Tone.OOT)


def context(evaluated: LotEvaluation, *, shown: str) -> dict:
    """Return what the tab shows; `shown` is ALL or SIGNALS."""
    history = lot_history.of_lot(evaluated)
    found = [
        _multiple(one, history, evaluated)
        for one in sorted(history.tests, key=_attention)
    ]
    signals = [one for one in found if one.is_signal]
    is_narrowed = shown == SIGNALS
    return {
        "history": history,
        "multiples": signals if is_narrowed else found,
        "choices": [
            {"name": _("All"), "n": len(found), "url": "?", "is_on": not is_narrowed},
            {
                "name": _("Signals"),
                "n": len(signals),
                "url": f"?show={SIGNALS}",
                "is_on": is_narrowed,
            },
        ],
        "lead": _lead(history, evaluated),
    }


def _lead(history: LotHistory, evaluated: LotEvaluation) -> str:
    return ngettext(
        "This lot against the %(n)s lot before it of process %(process)s, %(site)s.",
        "This lot against the %(n)s lots before it of process %(process)s, %(site)s.",
        history.lots,
    ) % {
        "n": history.lots,
        "process": history.process,
        "site": evaluated.lot.site,
    }


def _attention(one: TestHistory) -> tuple[int, float]:
    """Return what the tests are sorted by: OOS, signals, then away from the centre."""
    point = one.own
    if point.is_oos:
        return 0, 0.0
    if point.rules:
        return 1, -abs(point.distance or 0.0)
    if point.distance is not None:
        return 2, -abs(point.distance)
    return 3, 0.0


def _multiple(
    one: TestHistory, history: LotHistory, evaluated: LotEvaluation
) -> Multiple:
    lot, point = evaluated.lot, one.own
    refused = next(
        (
            sentence(refusal)
            for refusal in (one.trend.chart, one.trend.signals)
            if isinstance(refusal, NotCalculated)
        ),
        "",
    )
    tone = Tone.OOS if point.is_oos else Tone.OOT if point.rules else Tone.PASS
    said = [_("OOS")] if point.is_oos else []
    said += [f"{rule.printed_name}: {_(rule.word)}" for rule in point.rules]
    picture = drawings.small(one.trend, one.limits, test=one.test.name, is_of_last=True)
    address = reverse("reports:trend", args=[lot.material_id, one.test.pk])
    query = urlencode({"use": lot.use, "process": history.process, "site": lot.site_id})
    return Multiple(
        test=one.test,
        url=f"{address}?{query}",
        tone=tone if said or not refused else Tone.MISSING,
        words=", ".join(said) or ("" if refused else _("as before")),
        refused=refused,
        value=_value(one),
        criterion=one.line.words if one.line else "",
        figures=" · ".join(_figures(one)),
        picture=svg.drawn(picture, name=f"t{one.test.pk}") if picture else "",
    )


def _value(one: TestHistory) -> str:
    """Return the result as reported, with its unit where it is a number."""
    shown = one.line.shown if one.line else one.own.of_lot.text
    is_number = any(figure.isdigit() for figure in shown)
    return f"{shown} {one.test.unit}".strip() if is_number else shown


def _figures(one: TestHistory) -> Iterator[str]:
    """Yield how far the result is from its nearest limit and from the centre."""
    if one.line is not None and one.line.distance is not None:
        thousandths = int(one.line.distance * _THOUSAND)
        words = (
            _("%(distance)s beyond the limit")
            if thousandths < 0
            else _("%(distance)s from the limit")
        )
        yield words % {"distance": in_per_cent(abs(thousandths))}
    if one.own.distance is not None:
        yield _("%(sigma)s σ from the centre") % {"sigma": f"{one.own.distance:+.1f}"}
    yield (
        ngettext("%(n)s lot before", "%(n)s lots before", one.before)
        % {"n": one.before}
    )
