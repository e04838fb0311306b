"""Import template of a material: a CSV header and the map that goes with it."""

import csv
import io

from lots.imports import map_grammar
from lots.models import Material, Test
from lots.rules.reportable_value import Calculation


def template(*, material: Material) -> str:
    """Return a CSV header for lots of this material: a column for each value.

    A test of named peaks has none, for which peaks there are only the laboratory knows.
    """
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(
        ["lot", "sample", *_COLUMNS_OF_TEMPLATE, *_result_columns(material)]
    )
    return written.getvalue()


def template_map(*, material: Material) -> str:
    """Return the map that goes with the template of this material."""
    columns = "\n".join(f'{name} = "{name}"' for name in _COLUMNS_OF_TEMPLATE)
    results = "\n".join(
        f"{_quoted(column)} = {entry}"
        for column, entry in _result_columns(material).items()
    )
    peaks = "".join(
        f"# {test.code} takes named peaks, a column for each, such as\n"
        f'# "{test.code} RRT 0.92"'
        f' = {{test = {_quoted(test.code)}, component = "RRT 0.92"}}\n'
        for test in _tests_to_type(material)
        if test.calculation == Calculation.LARGEST_UNSPECIFIED
    )
    blank = "\n".join(
        f'{_quoted(column)} = [""]' for column in _result_columns(material)
    )
    return (
        'lot = "{lot}"\nsample = "{sample}"\n\n'
        f"[columns]\n{columns}\n\n"
        f"[constants]\nmaterial = {_quoted(material.item_code)}\n\n"
        f"[results]\n{peaks}{results}\n\n"
        f"[not_reported]\n{blank}\n"
    )


_COLUMNS_OF_TEMPLATE = tuple(
    fact for fact in map_grammar.REQUIRED if fact != "material"
)


def _result_columns(material):
    """Return the template's columns with what the map says of each.

    The word before the code keeps a column from being a formula or a fact.
    """
    found = {}
    for test in _tests_to_type(material):
        if test.calculation == Calculation.LARGEST_UNSPECIFIED:
            continue
        code = _quoted(test.code)
        if test.determinations == test.injections == 1:
            found[f"result {test.code}"] = code
            continue
        for preparation in range(1, test.determinations + 1):
            for injection in range(1, test.injections + 1):
                each = f".{injection}" if test.injections > 1 else ""
                found[f"result {test.code} {preparation}{each}"] = (
                    f"{{test = {code}, preparation = {preparation},"
                    f" injection = {injection}}}"
                )
    return found


def _tests_to_type(material):
    """Return the tests whose results are typed, not calculated from others."""
    tests = list(Test.objects.filter(material=material).order_by("pk"))
    computed = {test.component_of_id for test in tests}
    return [test for test in tests if test.pk not in computed]


def _quoted(text):
    """Return the text as a TOML string."""
    inside = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inside}"'
