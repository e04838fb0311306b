"""Typical results of baclofen as text, drawn from a seeded generator.

Ranges after the in-house estimate of the domain reference, 2.5; whole numbers are
drawn and a point is written into them, so that no binary fraction is ever typed.
"""

from lots.demo import bench

# Measured by one instrument in one go, with the same standards.
OF_ONE_RUN = ("IDB", "ASSAY", "IMPA", "UNSPEC")


def pointed(number, places):
    """Write a whole number with so many decimals: 9936, 2 → 99.36."""
    digits = str(number).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def oral(chance):
    """Return a full set of ordinary results of an oral lot, periodic tests apart."""
    assay = chance.randint(9915, 9985)
    return {
        **bench.ORAL_RESULTS,
        "APP": chance.choice(["White powder", "Almost white powder"]),
        "WATER": pointed(chance.randint(8, 34), 2),
        "ASSAY": bench.typed(
            pointed(assay, 2), pointed(assay + chance.randint(-18, 18), 2)
        ),
        "IMPA": chance.choice(["ND", "<0.03", "0.03", "0.04", "0.05", "0.06"]),
        "UNSPEC": _peaks(chance),
        "ROI": chance.choice(["<0.05", "<0.05", "0.06", "0.07"]),
        "MEOH": str(chance.randint(60, 420)),
        "TOL": chance.choice(["<20", "<20", "24", "31"]),
        "IPA": str(chance.randint(120, 900)),
        "TAMC": chance.choice(["<10", "<10", "20", "30", "110"]),
        "TYMC": chance.choice(["<10", "<10", "10"]),
        "D90": str(chance.randint(118, 172)),
    }


# Since this lot the solvent is dried off by another dryer: methanol is shifted.
_SHIFTED_FROM, _SHIFT = 41, 170
# Since this lot the assay drifts down, by hundredths of a per cent with each lot.
_DRIFTS_FROM, _DRIFT = 45, 3


def of_place(results, place):
    """Return ordinary results of an oral lot as the process was at its place.

    A shift and a drift, for the trends to show.
    """
    changed = dict(results)
    if place >= _SHIFTED_FROM:
        changed["MEOH"] = str(int(results["MEOH"]) + _SHIFT)
    if place >= _DRIFTS_FROM:
        drift = (place - _DRIFTS_FROM + 1) * _DRIFT
        changed["ASSAY"] = bench.typed(
            *(
                pointed(int(one.text.replace(".", "")) - drift, 2)
                for one in results["ASSAY"]
            )
        )
    return changed


def intrathecal(chance):
    """Return a full set of ordinary results of an intrathecal lot."""
    same = {
        code: value
        for code, value in oral(chance).items()
        if code not in ("ECOLI", "D90", "TAMC")
    }
    return {
        **bench.IT_RESULTS,
        **same,
        "TAMC": chance.choice(["<10", "<10", "20"]),
        "BET": chance.choice(["<0.1", "0.1", "0.2", "0.3", "0.4"]),
        "SUB10": str(chance.randint(2, 18)),
        "SUB25": str(chance.randint(0, 2)),
        "PH": pointed(chance.randint(62, 67), 1),
    }


def _peaks(chance):
    kind = chance.randint(0, 3)
    if kind == 0:
        return bench.peaks()
    found = {"rrt_0_45": pointed(chance.randint(20, 72), 3)}
    if kind > 1:
        found["rrt_1_20"] = pointed(chance.randint(20, 58), 3)
    return bench.peaks(**found)
