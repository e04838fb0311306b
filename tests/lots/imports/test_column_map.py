"""The facts that the map of a file may name are those that its guide lists."""

import re
from pathlib import Path

import pytest

from lots.imports import map_grammar

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
