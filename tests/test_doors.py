"""One grammar for what comes by any door: dates, and bytes that are no text."""

import pytest
from django.core.management.base import CommandError

from lots.demo import bench, real_lots
from lots.models import Lot, Sample
from tests.lots.imports import files
from tests.lots.pages import refused, signed_in, typed

DATES = {
    "full-width": "２０２６-１１-２３",
    "Arabic": "٢٠٢٦-١١-٢٣",
    "one digit": "2026-1-3",
    "no day of the calendar": "2026-02-30",
}


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


@pytest.mark.parametrize("date", DATES.values(), ids=DATES)
def test_page_takes_no_other_date(world, lot, date):
    before = Sample.objects.count()

    answer = signed_in(world.cast.lin).post(
        f"/lots/{lot.pk}/samples/new/", {"number": "S-9", "taken_on": date}
    )

    assert answer.status_code == 422
    assert "Type the date as year-month-day, such as 2026-11-23." in str(
        answer.context["form"].errors
    )
    assert typed(answer, "taken_on") == date
    assert Sample.objects.count() == before


@pytest.mark.parametrize("date", DATES.values(), ids=DATES)
def test_file_takes_no_other_date(world, at, tmp_path, date):
    real_lots.set_up(world.cast, at=at)
    table, map_file = tmp_path / "lots.csv", tmp_path / "map.toml"
    table.write_text(f"{files.HEAD}B-1,{date},94.4,0.20,1.53\n", encoding="utf-8")
    map_file.write_text(files.MAP, encoding="utf-8")

    with pytest.raises(CommandError, match="is not a date; type year-month-day"):
        files.run(table, map_file)


def test_bytes_that_are_no_text_are_stored_in_no_reason(world, lot):
    answer = signed_in(world.cast.lin).post(
        f"/lots/{lot.pk}/hold/",
        b"reason=Complaint+of+M%FCller",
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code == 422
    assert "has the character U+FFFD" in refused(answer)[0]
    assert Lot.objects.get(pk=lot.pk).state == "quarantine"


def test_text_that_another_program_could_not_read_is_imported_into_nothing(
    world, at, tmp_path
):
    real_lots.set_up(world.cast, at=at)
    table, map_file = tmp_path / "lots.csv", tmp_path / "map.toml"
    table.write_text(
        f"{files.HEAD}B-\ufffd,2026-02-01,94.4,0.20,1.53\n", encoding="utf-8"
    )
    map_file.write_text(files.MAP, encoding="utf-8")

    with pytest.raises(CommandError, match=r"has the character U\+FFFD"):
        files.run(table, map_file)
