"""What a release was signed for is read again, in whatever format it was signed."""

import itertools
import json
import re

import pytest

from lots.evaluation import signed_text
from lots.rules import chain
from reports.issuing import recomputation
from tests import messages

SAMPLES = messages.ROOT / "tests" / "lots" / "evidence" / "golden"
FORMATS = range(1, signed_text.FORMAT + 1)


def signed(number):
    """Return a sample as a signature keeps it, with numbers in the place of keys."""
    sample = (SAMPLES / f"record-format-{number}.json").read_text("utf-8")
    keys = itertools.count(1)
    record = json.loads(re.sub(r'"<\w+>"', lambda _key: f'"{next(keys)}"', sample))
    assert record["format"] == str(number)
    return chain.canonical({"shown": chain.canonical(record), "statements": []})


def test_every_format_has_a_sample():
    assert {one.name for one in SAMPLES.glob("record-format-*.json")} == {
        f"record-format-{number}.json" for number in FORMATS
    }


@pytest.mark.parametrize("number", FORMATS)
def test_release_signed_in_every_format_is_read(number):
    verdicts = recomputation.signed_verdicts(signed(number))

    assert {test: said for (_criterion, test, _result), said in verdicts.items()} == {
        "Appearance": "pass (White powder)",
        "Assay (anhydrous basis)": "pass (99.8)",
        "Impurity A (lactam)": "pass (0.04)",
        "Any unspecified impurity (largest)": "pass (0.05)",
        "Total impurities": "pass (0.05)",
        "Water (Karl Fischer)": "pass (0.2)",
        "Residue on ignition": "pass (<0.05)",
        "Methanol": "fail (3001)",
        "Total aerobic microbial count": "pass (<10)",
    }
