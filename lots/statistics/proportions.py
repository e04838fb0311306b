"""Proportions: how well a share of few lots is known. Standard library only."""

from statistics import NormalDist


def wilson(n: int, of: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Return where the true share lies with the confidence, from 0 to 1.

    The score interval of Wilson, without continuity correction: of few lots it stays
    within 0 and 1 and covers as it says. Source: E. B. Wilson, J. Am. Stat. Assoc. 22
    (1927) 209; R. G. Newcombe, Statistics in Medicine 17 (1998) 857, method 3; NIST/
    SEMATECH e-Handbook 7.2.4.1. Raises ValueError unless 0 ≤ n ≤ of and 0 < of.
    """
    if not 0 <= n <= of or of == 0:
        raise ValueError(f"{n} of {of} is no share.")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, square = n / of, z * z / of
    middle = (share + square / 2) / (1 + square)
    half = z * (share * (1 - share) / of + square / (4 * of)) ** 0.5 / (1 + square)
    # The ends are exact where no lot, or every lot, is one.
    return (
        0.0 if n == 0 else max(0.0, middle - half),
        1.0 if n == of else min(1.0, middle + half),
    )
