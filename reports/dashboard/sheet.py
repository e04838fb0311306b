"""Sheet: the dashboard as a PDF file of one page, from the pictures of its page."""

from django.utils.translation import gettext as _

from reports.pdf import dashboard_sheet
from reports.pdf.dashboard_sheet import DashboardSheet, Figure, Panel


def pdf(board, *, scope, by, at):
    """Return the board as a PDF file; `scope` in words, `at` the stamp of now."""
    headings = (
        ("releases_picture", _("Throughput and lead time")),
        ("open_picture", _("Open lots by state and age")),
        ("quarters_picture", _("Quality by quarter")),
        ("closest_picture", _("Tests closest to their limit")),
        ("calendar_picture", _("Retest calendar")),
    )
    first, second, third, fourth, fifth = (
        Panel(heading, board[name], _("No lots.")) for name, heading in headings
    )
    return dashboard_sheet.drawn(
        DashboardSheet(
            title=_("Dashboard"),
            subtitle=_("%(first)s to %(last)s · %(scope)s")
            % {
                "first": board["now"].first.isoformat(),
                "last": board["now"].last.isoformat(),
                "scope": scope,
            },
            figures=tuple(
                Figure(
                    one.name,
                    f"{one.number} {one.unit}".strip(),
                    tuple(line for line in (one.plain, one.change) if line),
                )
                for one in board["tiles"]
            ),
            panels=(first, second, third, fourth, fifth),
            foot=_(
                "Drawn %(at)s by %(by)s from the records of that moment."
                " Uncontrolled copy."
            )
            % {"at": at, "by": by},
            author=by,
        )
    )
