"""The sparkline: a shape of the last lots, never more than there is to show."""

from decimal import Decimal

from lots.pictures.sparkline import HEIGHT, WIDTH, Value, sparkline


def values(*numbers, **told):
    return [Value(Decimal(number), **told) for number in numbers]


def test_two_lots_have_no_shape():
    assert sparkline(values("1", "2")) is None


def test_oldest_is_left_the_highest_on_top_and_the_last_at_the_right():
    line = sparkline(values("1", "3", "2"))

    (x1, y1), (x2, y2), (x3, y3) = (
        map(Decimal, point.split(",")) for point in line.points.split()
    )
    assert 0 < x1 < x2 < x3 < WIDTH
    assert 0 < y2 < y3 < y1 < HEIGHT
    assert (line.last.x, line.last.y) == (str(x3), str(y3))


def test_equal_values_are_a_level_line():
    line = sparkline(values("0.05", "0.05", "0.05", is_bound=True))

    assert len({point.split(",")[1] for point in line.points.split()}) == 1
    assert line.last.is_bound


def test_only_a_limit_near_the_values_is_drawn():
    line = sparkline(values("1", "2", "3"), limits=[Decimal("3.5"), Decimal(40)])

    assert len(line.limits) == 1


def test_failing_values_before_the_last_are_marked():
    line = sparkline(
        [Value(Decimal(1)), Value(Decimal(9), is_failing=True), Value(Decimal(2))]
    )

    assert len(line.failing) == 1
    assert not line.last.is_failing
