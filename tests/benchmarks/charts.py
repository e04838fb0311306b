"""A control chart of 100 points, as an element of a page and in a PDF file.

CPU time of one process, the median of calls, beside the time that each may take: the
product has no other library that draws charts to be beside.
"""

import io
import os
import statistics
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

# ruff: noqa: E402 - templates can be imported only after the set-up above.
from reportlab.pdfgen.canvas import Canvas

from reports.charts import control_chart, svg
from reports.pdf import pictures
from tests.benchmarks import Figure
from tests.reports.charts.sample import chart

POINTS, ROUNDS = 100, 41


def run():
    """Yield how much of its time each way of drawing takes, the geometry included."""

    def as_svg():
        svg.drawn(control_chart.picture(chart(POINTS)), name="chart")

    def as_pdf():
        picture = control_chart.picture(chart(POINTS))
        pictures.draw(Canvas(io.BytesIO()), picture, left=0, top=500, width=500)

    for name, draw, milliseconds in (("SVG", as_svg, 5), ("PDF", as_pdf, 10)):
        yield Figure(
            name=f"control chart of {POINTS} points as {name} / {milliseconds} ms",
            ratio=_seconds(draw) * 1000 / milliseconds,
            goal=1,
        )


def _seconds(draw):
    draw()
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        draw()
        taken.append(time.process_time() - start)
    return statistics.median(taken)
