"""One grammar: what the grid, the page of imports and the command say of one text."""

import html

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError

from lots.demo import bench, real_lots
from lots.models import Result
from tests.lots.imports.files import MAP, run
from tests.lots.pages import refused, signed_in, words

# Refused by each door with the same sentence; what no cell of a file can hold (a line
# end, what nobody sees) is refused there before it is a value, by test_tabular.
REFUSED = [
    "94,4", "1,234.5", "1e5", "1E-3", "10^3", "NaN", "inf", "-inf", "94.4%", "94.4 %",
    "94.4 mg", "\N{ARABIC-INDIC DIGIT NINE}4", "\N{FULLWIDTH DIGIT NINE}4",
    "\N{MINUS SIGN}94", "+94.4", "094.4", ".5", "94.", "9 4", "9_4", "~94", "ca. 94",
    "\N{GREATER-THAN OR EQUAL TO}94", "<=94", "<", "<LOQ", "n.d.", "BDL", "none", "-",
    "=1+1", "0x5e", "9" * 13, "0." + "1" * 21, "9" * 41, "<b>94</b>", "%(x)s", "'94",
    "passes", "94.4.1", "--94", "<0", "< 0.00", "<-1", "-0.1",
]  # fmt: skip
# Taken by each door, and stored exactly so.
TAKEN = ["94.4", "94.40", "94.4000", "0", "<94.4", "< 94.4", ">94", "ND", "nd"]


@pytest.fixture
def cast(world, at):
    """The people, with the material of the real lots set up."""
    real_lots.set_up(world.cast, at=at)
    return world.cast


class Grid:
    """The door of the grid: a cell of a lot that was logged for this."""

    def __init__(self, world, at):
        self.client = signed_in(world.cast.lin)
        self.test = real_lots.found().tests.get(code="CONTENT")
        lot = bench.log(
            world.cast,
            world,
            at=at,
            number="G-1",
            material=self.test.material,
            site=self.test.material.qualifications.get().site,
            process=real_lots.PROCESS,
        )
        self.lot = lot
        self.address = f"/test-orders/{lot.test_orders.get().pk}/"
        self.person = world.cast.lin

    def says(self, text):
        """Return the refusals of a value typed into the cell."""
        start = f"t{self.test.pk}-"
        answer = self.client.post(
            f"{self.address}tests/{self.test.pk}/",
            {
                f"{start}seen": 0,
                f"{start}performed_by": self.person.pk,
                f"{start}performed_on": self.lot.logged_at.date(),
                f"{start}value1": text,
            },
            headers={"HX-Request": "true"},
        )
        return refused(answer)


def file_of(text):
    quoted = text.replace('"', '""')
    return f'batch,made,content,total,water\nB-1,2026-02-01,"{quoted}",0.20,1\n'


def page_says(cast, text):
    """Return the refusals of a file of one row, sent to the page."""
    answer = signed_in(cast.lin).post(
        "/imports/new/",
        {
            "upload": SimpleUploadedFile("lots.csv", file_of(text).encode()),
            "map_text": MAP,
        },
    )
    return answer, [
        html.unescape(one).removeprefix("<strong>content</strong>: ")
        for one in refused(answer)[1:]
    ]


def command_says(tmp_path, text, *arguments):
    """Return what the command refuses of a file of one row, line by line."""
    (tmp_path / "lots.csv").write_text(file_of(text), encoding="utf-8")
    (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")
    with pytest.raises(CommandError) as caught:
        run(tmp_path / "lots.csv", tmp_path / "map.toml", *arguments)
    return [
        line.removeprefix("Row 2, column content: ")
        for line in str(caught.value).splitlines()[1:]
    ]


@pytest.mark.parametrize("text", REFUSED)
def test_each_door_refuses_a_text_with_the_same_sentence(
    world, cast, at, tmp_path, text
):
    by_grid = Grid(world, at).says(text)
    _, by_page = page_says(cast, text)
    by_command = command_says(tmp_path, text)

    assert by_grid == by_page == by_command
    assert (len(by_grid), by_grid[0][-1], Result.objects.count()) == (1, ".", 0)


@pytest.mark.parametrize("text", TAKEN)
def test_each_door_takes_a_text_and_stores_the_same(world, cast, at, tmp_path, text):
    Grid(world, at).says(text)
    checked, by_page = page_says(cast, text)
    (tmp_path / "lots.csv").write_text(file_of(text))
    (tmp_path / "map.toml").write_text(MAP)
    run(tmp_path / "lots.csv", tmp_path / "map.toml")

    stored = Result.objects.filter(test__code="CONTENT").order_by("pk")
    assert (by_page, "Import 1 lot" in words(checked)) == ([], True)
    assert [
        [typed["text"] for typed in result.determinations] for result in stored
    ] == [[text], [text]]
