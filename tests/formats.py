"""The formats of the code, and the stored samples of each number."""

import functools
import importlib
import json
import pkgutil
from pathlib import Path

import lots
import reports
from lots.rules.formats import Format

ROOT = Path(__file__).parent
# What stands beside the samples and is none.
OTHERS = {"first-version-codes.json"}


@functools.cache
def declared():
    """Return every format that a module of the product declares, by its record."""
    found = {}
    for package in (lots, reports):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" in module.name:
                continue
            for value in vars(importlib.import_module(module.name)).values():
                if issubclass(type(value), Format):
                    assert found.setdefault(value.record, value) is value
    return found


def samples():
    """Return the path of every stored sample, by its record and number."""
    found = {}
    for path in sorted(ROOT.rglob("golden/*.json")):
        if path.name not in OTHERS:
            record, number = path.stem.rsplit("-format-", 1)
            found[record, int(number)] = path
    return found


def sample(record, number):
    """Return what a sample stores."""
    return json.loads(samples()[record, number].read_text(encoding="utf-8"))


def shape(value):
    """Return the fields of a stored value, those of a list's items as one."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        fields = [shape(one) for one in value if isinstance(one, dict)]
        return {key: one[key] for one in fields for key in one}
    return None


def without_samples(format):
    """Return what the format lacks: numbers with no reader, or with no sample."""
    numbers = range(1, format.number + 1)
    lacking = [one for one in numbers if (format.record, one) not in samples()]
    return sorted({*lacking, *format.unread})
