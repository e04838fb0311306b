"""The interval of a share: against published numbers, and at its ends."""

import pytest

from lots.statistics.proportions import wilson


@pytest.mark.parametrize(
    ("n", "of", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_interval_is_that_of_published_examples(n, of, low, high):
    assert wilson(n, of) == pytest.approx((low, high), abs=5e-5)


def test_interval_of_all_lots_ends_at_all_and_mirrors_that_of_none():
    low, high = wilson(20, 20)

    assert high == 1.0
    assert low == pytest.approx(1 - wilson(0, 20)[1])


def test_interval_is_narrower_with_more_lots_and_wider_with_more_confidence():
    few, many, surer = wilson(9, 10), wilson(900, 1000), wilson(9, 10, confidence=0.99)

    assert few[0] < many[0] < 0.9 < many[1] < few[1]
    assert surer[0] < few[0] < few[1] < surer[1]


@pytest.mark.parametrize(("n", "of"), [(0, 0), (-1, 5), (6, 5)])
def test_what_is_no_share_has_no_interval(n, of):
    with pytest.raises(ValueError, match="no share"):
        wilson(n, of)
