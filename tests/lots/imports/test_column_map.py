"""The facts that the map of a file may name; a map that nests deep is refused early."""

import re
import tracemalloc
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from lots.demo import real_lots
from lots.imports import column_map, map_grammar
from lots.imports.map_grammar import WrongMap
from lots.models import Lot
from tests.lots.imports import files
from tests.lots.pages import refused, signed_in

GUIDE = Path(__file__).parents[3] / "docs" / "importing.md"


@pytest.mark.parametrize(
    ("row", "facts"),
    [("required", map_grammar.REQUIRED), ("optional", map_grammar.OPTIONAL)],
    ids=["required", "optional"],
)
def test_guide_lists_the_facts_that_a_map_takes(row, facts):
    listed = re.search(
        rf"^\| {row} \| (.*) \|$", GUIDE.read_text("utf-8"), re.MULTILINE
    )

    assert re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", listed[1])) == list(facts)


DEEP = "of the map nests keys or values more than 8 deep, and no map does; correct it."
HOSTILE = {
    "dotted key": ("a." * 16_000 + 'b = "x"', 1),
    "dotted table": ("\n[" + "a." * 16_000 + "b]\n", 2),
    "dotted key with spaces": ("a . " * 8_000 + 'b = "x"', 1),
    "arrays": ("a = " + "[" * 30_000, 1),
    "inline tables": ("a = " + "{b = " * 6_000, 1),
    "arrays over lines": ("a = " + "[\n" * 15_000, 9),
    "behind a text with dots": ('"a.b" = "' + "." * 9 + '"\n' + "a." * 9 + "b = 1", 2),
    "behind an open text": ('a = "\n' + "b." * 16_000 + "c = 1", 2),
}


@pytest.mark.parametrize(("text", "line"), HOSTILE.values(), ids=HOSTILE)
def test_map_that_nests_deep_is_refused_before_it_is_read(text, line):
    tracemalloc.start()
    try:
        with pytest.raises(WrongMap) as caught:
            column_map.read(text)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert str(caught.value).startswith(f"Line {line} {DEEP}")
    assert most < 2_000_000


def test_names_and_texts_with_dots_are_no_keys_in_parts():
    told = files.MAP.replace("[results]", '[results]\n"RRT 0.1.2.3.4.5.6.7.8.9" = "X"')
    told += "# a comment on 1.2.3.4.5.6.7.8.9.10\n"

    assert "RRT 0.1.2.3.4.5.6.7.8.9" in list(column_map.read(told).named())


def test_page_says_where_a_map_nests_deep(world):
    answer = signed_in(world.cast.lin).post(
        "/imports/new/",
        {"upload": files.upload(files.GOOD), "map_text": HOSTILE["dotted key"][0]},
    )

    assert refused(answer)[0].startswith(f"Line 1 {DEEP}")


def test_dry_run_says_that_a_test_has_no_such_preparation(world, at, tmp_path):
    real_lots.set_up(world.cast, at=at)
    table, map_file = tmp_path / "lots.csv", tmp_path / "map.toml"
    table.write_text(files.GOOD, encoding="utf-8")
    map_file.write_text(
        files.MAP.replace(
            'water = "WATER"', 'water = { test = "WATER", preparation = 2 }'
        ),
        encoding="utf-8",
    )

    with pytest.raises(CommandError):
        files.run(table, map_file, "--dry-run")
    with pytest.raises(CommandError) as caught:
        files.run(table, map_file)

    assert (
        "Row 2, column water: The map says that this column holds preparation 2 of"
        " Water, and its method asks for 1; correct the map" in str(caught.value)
    )
    assert not Lot.objects.exists()


@pytest.mark.parametrize("start", ['x = """\\"""\n"""\n', 'x = {k = """a"""", '])
def test_quotes_in_a_text_of_several_lines_hide_no_deep_key(start):
    deep = "a" + ".a" * 200 + " = 1"

    with pytest.raises(WrongMap) as caught:
        column_map.read(start + deep + ("}" if "{" in start else "\n"))

    assert caught.value.code == "nested"
