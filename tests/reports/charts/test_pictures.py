"""One geometry: a picture has its marks at the same places in SVG and in PDF."""

import io
import itertools
import re
import xml.etree.ElementTree as ElementTree

import pytest
from reportlab.pdfgen.canvas import Canvas

from reports.charts import (
    control_chart,
    distance_dots,
    histogram,
    small_multiple,
    svg,
)
from reports.charts.control_chart import ControlChart, Labelled
from reports.charts.picture import Area, Line, Look, Picture, Point, Shape, Text
from reports.charts.scale import apart, scale, ticks
from reports.pdf import pictures
from tests.reports.charts.sample import WORDS, chart

NUMBER = r"(-?[0-9.]+)"


def dots(*distances):
    """Return the picture of a test whose lots are at these (per cent, lots)."""
    row = distance_dots.Row("Assay", "Assay", "/", distances, 20, "1.5 %")
    return distance_dots.picture(
        distance_dots.DistanceDots(
            title="Distance to the limit",
            description="",
            limit="limit",
            closest="closest",
            foot="%",
            dot="%(n)s × %(per_cent)s %%",
            rows=(row,),
        )
    )


PICTURES = {
    "control chart": control_chart.picture(chart()),
    "histogram": histogram.picture(
        histogram.Histogram(
            title="Histogram",
            foot="%, 5 lots",
            class_words="%(low)s to %(high)s: %(n)s",
            values=(99.1, 99.2, 99.4, 99.4, 99.9),
            lower=98.0,
            upper=101.0,
            lower_text="98.0",
            upper_text="101.0",
            mean=99.4,
            sigma=0.3,
        )
    ),
    "dots": dots((3, 2), (40, 98)),
    "bars of many lots": dots((3, 2), (40, 99), (90, 1)),
    "small multiple": small_multiple.picture(
        small_multiple.SmallMultiple(
            title="Assay",
            description="",
            points=tuple(
                small_multiple.SmallPoint(99 + n / 10, is_signal=n == 3, is_oos=n == 4)
                for n in range(8)
            ),
            lower=98.0,
            control_lower=98.8,
            control_upper=100.1,
            centre=99.4,
        )
    ),
}


def in_svg(picture):
    """Return corners of paths, rectangles and circles, and places of texts."""
    root = ElementTree.fromstring(svg.drawn(picture, name="c"))
    found = {"paths": [], "areas": [], "circles": [], "texts": []}
    for one in root.iter():
        kind = one.tag.rpartition("}")[2]
        if kind == "path":
            places = re.findall(rf"[ML]{NUMBER} {NUMBER}", one.get("d"))
            found["paths"].append([(float(x), float(y)) for x, y in places])
        elif kind == "rect":
            sides = ("x", "y", "width", "height")
            found["areas"].append(tuple(float(one.get(side)) for side in sides))
        elif kind == "circle":
            sides = ("cx", "cy", "r")
            found["circles"].append(tuple(float(one.get(side)) for side in sides))
        elif kind == "text":
            found["texts"].append((float(one.get("y")), one.text))
    return found


def in_pdf(picture):
    """Return the same, read from the operators of the page."""
    canvas = Canvas(io.BytesIO(), pageCompression=0)
    pictures.draw(canvas, picture, left=0, top=0, width=picture.width)
    code = " ".join(canvas._code)
    found = {"paths": [], "areas": [], "circles": [], "texts": []}
    width = 0.0
    for said, path in re.findall(
        r"([0-9.]+) w\b|\bn (-?[0-9][^*S]*?) (?:f\*|B\*|S)", code
    ):
        if said:
            width = float(said)
            continue
        places = [
            (float(x), -float(y))
            for x, y in re.findall(rf"{NUMBER} {NUMBER} [mlc]\b", path)
        ]
        if len(places) == 2 and places[0] == places[1]:
            found["circles"].append((*places[0], width / 2))
            continue
        if path.endswith("re"):
            x, y, across, height = map(float, path.split()[:4])
            found["areas"].append((x, -y - height, across, height))
        elif path.endswith(" c"):
            left, right = (pick(x for x, _y in places) for pick in (min, max))
            top, low = (pick(y for _x, y in places) for pick in (min, max))
            middle = (left + right) / 2, (top + low) / 2, (right - left) / 2
            found["circles"].append(middle)
        else:
            found["paths"].append(places)
    written = re.findall(rf"1 0 0 1 {NUMBER} {NUMBER} Tm", code)
    found["texts"] = [-float(y) for _x, y in written]
    return found


def near(found):
    return [pytest.approx(one, abs=0.011) for one in found]


@pytest.mark.parametrize("name", PICTURES)
def test_marks_have_the_same_places_in_svg_and_pdf(name):
    picture = PICTURES[name]
    page, paper = in_svg(picture), in_pdf(picture)

    assert len(page["paths"]) == len(paper["paths"]) > 1
    for drawn, printed in zip(page["paths"], paper["paths"], strict=True):
        assert [value for place in printed for value in place] == pytest.approx(
            [value for place in drawn for value in place], abs=0.011
        )
    assert paper["areas"] == near(page["areas"])
    assert paper["circles"] == near(page["circles"])
    assert paper["texts"] == near([y for y, _text in page["texts"]])


@pytest.mark.parametrize("name", PICTURES)
def test_every_mark_lies_on_its_picture(name):
    picture = PICTURES[name]

    for mark in picture.drawn:
        if isinstance(mark, Line):
            places = mark.places
        elif isinstance(mark, Point | Text):
            places = ((mark.x, mark.y),)
        else:
            assert mark.width >= 0
            assert mark.height >= 0
            places = ((mark.x, mark.y), (mark.x + mark.width, mark.y + mark.height))
        assert all(
            0 <= x <= picture.width and 0 <= y <= picture.height for x, y in places
        )


def test_picture_says_its_title_and_description_and_has_no_style():
    drawn = svg.drawn(PICTURES["control chart"], name="chart")

    assert '<title id="chart-t">A &lt;title&gt;</title>' in drawn
    assert '<desc id="chart-d">What &amp; where</desc>' in drawn
    assert 'aria-labelledby="chart-t chart-d"' in drawn
    assert "style" not in drawn
    assert "<title>LOT-9: 99.9 %</title>" in drawn


def test_file_brings_its_looks_along():
    root = ElementTree.fromstring(svg.file(PICTURES["control chart"]))

    [style] = [one for one in root if one.tag.endswith("style")]
    looks = {mark.look for mark in PICTURES["control chart"].marks} - {Look.WORD}
    assert {look for look in looks if f".x-{look}" not in style.text} == set()


def test_signal_is_a_diamond_with_the_numbers_of_its_rules():
    marks = PICTURES["control chart"].marks

    [signal] = [
        mark for mark in marks if isinstance(mark, Point) and mark.look is Look.SIGNAL
    ]
    assert signal.shape is Shape.DIAMOND
    assert any(isinstance(mark, Text) and mark.text == "1, 5" for mark in marks)


def test_hollow_point_is_struck_and_not_joined():
    picture = PICTURES["control chart"]
    [hollow] = [
        mark
        for mark in picture.marks
        if isinstance(mark, Point) and mark.look is Look.OPEN
    ]
    joined = next(
        mark
        for mark in picture.marks
        if isinstance(mark, Line) and mark.look is Look.JOIN
    )

    assert hollow.is_struck
    assert len(joined.places) == 29
    assert (hollow.x, hollow.y) not in joined.places


def test_limit_that_is_far_away_is_said_with_an_arrow():
    far = control_chart.picture(
        ControlChart(
            words=WORDS,
            points=tuple(control_chart.Plotted(str(n), n / 100) for n in range(1, 9)),
            upper=Labelled(3000.0, "USL 3000"),
        )
    )

    assert any(
        isinstance(mark, Text) and mark.text == "USL 3000 ↑" for mark in far.marks
    )
    assert not any(mark.look is Look.LIMIT for mark in far.marks)


def test_labels_never_cover_each_other():
    placed = apart([10.0, 11.0, 50.0, 12.0], least=12)

    assert sorted(placed) == [placed[0], placed[1], placed[3], placed[2]]
    ordered = sorted(placed)
    assert all(b - a >= 11.9 for a, b in itertools.pairwise(ordered))


def test_ticks_are_round_and_on_the_scale():
    found = scale([99.1, 100.4], limits=[98.0, 101.0], start=300, end=0)

    assert [text for _value, text in ticks(found, count=7)] == [
        "98.0", "98.5", "99.0", "99.5", "100.0", "100.5", "101.0",
    ]  # fmt: skip
    assert found(98.0) > found(99.0) > found(101.0)


def test_minus_is_a_minus_sign():
    found = scale([-1.0, 1.0], start=0, end=100)

    assert "−1" in [text for _value, text in ticks(found, count=4)]


def test_chart_without_points_is_not_drawn():
    with pytest.raises(ValueError, match="without points"):
        control_chart.picture(ControlChart(words=WORDS, points=()))


def test_empty_description_is_not_named():
    drawn = svg.drawn(Picture(10, 10, "Title", "", ()), name="t")

    assert 'aria-labelledby="t-t"' in drawn
    assert "<desc" not in drawn


def test_a_test_of_many_lots_has_a_bar_for_each_per_cent():
    few, many = dots((3, 2), (40, 98)), dots((3, 2), (40, 99), (90, 1))

    assert [one.name for one in few.of(Point)] == ["2 × 3 %"] * 2 + ["98 × 40 %"] * 7
    assert not list(many.of(Point))
    bars = {one.name: one.height for one in many.of(Area)}
    assert list(bars) == ["2 × 3 %", "99 × 40 %", "1 × 90 %"]
    # The longest is of the most lots; one lot is still seen.
    assert bars["99 × 40 %"] == max(bars.values())
    assert min(bars.values()) > 1
