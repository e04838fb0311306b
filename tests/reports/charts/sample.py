"""A control chart with one of each mark, as tests and the benchmark draw it."""

from reports.charts import control_chart
from reports.charts.control_chart import ChartWords, ControlChart, Labelled, Level

WORDS = ChartWords("A <title>", "What & where", "Value, %", "Moving range", "lots")


def chart(n=30, **more):
    points = tuple(
        control_chart.Plotted(
            name=f"LOT-{place}: {99.5 + place % 5 / 10:.1f} %",
            value=99.5 + place % 5 / 10,
            moving_range=0.1 if place else None,
            is_hollow=place == 4,
            is_struck=place == 4,
            is_oos=place == 7,
            rules=("1", "5") if place == 9 else (),
        )
        for place in range(n)
    )
    return ControlChart(
        words=WORDS,
        points=points,
        levels=(Level(0, "Phase 1", 99.7, 99.1, 100.3, 0.2, 0.6),),
        labels=(Labelled(100.3, "UCL 100.3"), Labelled(99.7, "CL 99.7")),
        range_labels=(Labelled(0.6, "UCL 0.6"),),
        lower=Labelled(98.0, "LSL 98.0"),
        upper=Labelled(101.0, "USL 101.0"),
        alerts=(Labelled(98.5, "alert 98.5"),),
        times=((0, "2026 Q1"), (20, "2026 Q2")),
        **more,
    )
