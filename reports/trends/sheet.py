"""Sheet: the page of a trend as a PDF file of one page."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from lots.models import Material
from reports.pdf import trend_sheet
from reports.pdf.trend_sheet import Section, TrendSheet
from reports.trends.figures import Row
from reports.trends.test_trend import TestTrend


def pdf(
    shown: TestTrend,
    *,
    material: Material,
    said: Sequence[tuple[str, str]],
    by: str,
    at: str,
) -> bytes:
    """Return the trend as a PDF file; `said` is the filter, `at` the stamp of now."""
    beneath = [
        Section(
            _("Signals"),
            (
                *(
                    ("", f"{row.signal.last.of_lot.number}: {row.words}")
                    for row in shown.signals
                ),
                *(() if shown.signals else (("", _("No signal.")),)),
                *(("", one) for one in shown.refusals),
                *((("", shown.alarms),) if shown.alarms else ()),
            ),
        )
    ]
    aside = [
        Section(_("In numbers"), tuple(_lines(shown.numbers))),
        Section(
            _("Capability"),
            (*_lines(shown.indices), *(("", one) for one in shown.unsaid)),
        ),
    ]
    filtered = " · ".join(f"{name}: {text}" for name, text in said)
    return trend_sheet.drawn(
        TrendSheet(
            title=_("Trend: %(test)s, %(material)s")
            % {"test": shown.test.name, "material": material.name},
            subtitle=filtered,
            chart=shown.chart,
            histogram=shown.histogram,
            beneath=tuple(beneath),
            aside=tuple(aside),
            foot=_(
                "Drawn %(at)s by %(by)s from the records of that moment. Statistics"
                " inform and decide nothing. Uncontrolled copy."
            )
            % {"at": at, "by": by},
            more=_("More on the page of the trend."),
            author=by,
        )
    )


def _lines(rows: Iterable[Row]) -> Iterable[tuple[str, str]]:
    for row in rows:
        yield row.name, f"{row.text} ({row.beside})" if row.beside else row.text
