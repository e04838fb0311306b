"""Values of another manufacturer, in the place of ours, follow the same rules.

Their sample and raw data are the manufacturer's certificate: its number, and the file
that is kept. Days, failing values, words and what is not reported are held to what
holds for our own. Each rule has a control where it is switched off.
"""

import datetime

import pytest
from django.core.management import CommandError

from lots.demo import bench
from lots.evaluation import raw_data
from lots.evidence.documents import Upload
from lots.intake import log
from lots.models import Investigation, Lot, Result
from lots.results import result_entry
from lots.rules.refusal import Refusal
from tests.lots.imports import files
from tests.lots.pages import refused, signed_in, words
from tests.lots.results.grid import Grid

pytestmark = pytest.mark.postgres


def bought(world, at, **facts):
    """Return a lot that another made, of which we have no sample."""
    told = {"process": "Taihu process T-3", **world.bought} | facts
    return log.log_lot(
        by=world.cast.lin,
        at=at,
        facts=bench.facts_of_lot(world, at=at, number="BAC-26-001", **told),
    )


def test_their_value_rests_on_their_certificate(world, at):
    lot = bought(world, at)
    grid = Grid(world, lot, at)

    answer = grid.post("WATER", "0.21", laboratory=world.partner.pk, raw_reference="")

    assert answer.status_code == 200
    result = Result.objects.get()
    assert (result.sample, result.raw_reference) == (None, "TH-9")
    bench.submit(lot, by=world.cast.lin, at=at)
    review = signed_in(world.cast.sofia).get(
        f"/test-orders/{lot.test_orders.get().pk}/review/"
    )
    assert "TH-9" in words(review)
    assert str(world.partner) in words(review)
    assert "No sample" not in words(review)
    bench.review(world.cast, lot, at=at)


def test_number_of_their_certificate_may_be_short(world, at):
    lot = bought(world, at, original_certificate_number="7")

    Grid(world, lot, at).post(
        "WATER", "0.21", laboratory=world.partner.pk, raw_reference=""
    )

    assert Result.objects.get().raw_reference == "7"


def test_their_value_is_not_submitted_without_the_file(world, at, monkeypatch):
    lot = bought(world, at, original_certificate=None)
    grid = Grid(world, lot, at)
    grid.post("WATER", "0.21", laboratory=world.partner.pk)
    submit = {"result": [Result.objects.get().pk]}
    sentence = (
        "Water (Karl Fischer) is a value of the manufacturer, whose certificate TH-9 is"
        " not attached. Choose “Attach the manufacturer's certificate” under Documents"
        " on the page of the lot."
    )

    answer = grid.client.post(f"{grid.address}submit/", submit)

    assert answer.status_code == 422
    assert sentence in words(answer)
    assert sentence in words(grid.show())
    with monkeypatch.context() as off:
        off.setattr(raw_data, "lacking", lambda lot, results: {})
        assert grid.client.post(f"{grid.address}submit/", submit).status_code == 302
    with pytest.raises(Refusal, match="names no raw data"):
        bench.review(world.cast, lot, at=at)
    log.attach_original(
        lot=lot, by=world.cast.lin, at=at, upload=Upload("TH-9.txt", b"Certificate")
    )
    bench.review(world.cast, lot, at=at)


def test_our_own_value_of_their_lot_needs_our_sample(world, at, monkeypatch):
    """Neither we nor a contract laboratory test what nobody sampled."""
    lot = bought(world, at)
    grid = Grid(world, lot, at)

    for site in (world.works, world.laboratory):
        answer = grid.post("WATER", "0.21", laboratory=site.pk)
        assert "needs the sample that was tested" in refused(answer)[0]

    assert not Result.objects.exists()
    monkeypatch.setattr(raw_data, "is_manufacturers", lambda lot, laboratory: True)
    assert grid.post("WATER", "0.21", laboratory=world.works.pk).status_code == 200


def test_their_value_is_not_older_than_their_lot(world, at):
    lot = bought(world, at)
    grid = Grid(world, lot, at)
    early = lot.manufactured_on - datetime.timedelta(1)

    answer = grid.post("WATER", "0.21", laboratory=world.partner.pk, performed_on=early)

    assert f"cannot have been performed on {early}" in refused(answer)[0]
    assert not Result.objects.exists()


def test_their_failing_value_is_investigated_and_corrected_as_ours(world, at):
    lot = bought(world, at)
    grid = Grid(world, lot, at)

    grid.post("WATER", "1.8", laboratory=world.partner.pk)

    assert Investigation.objects.get().result == Result.objects.get()
    corrected, _ = result_entry.enter_result(
        test_order=lot.test_orders.get(),
        test=world.tests["WATER"],
        by=world.cast.lin,
        at=at,
        determinations=bench.typed("0.18"),
        seen=1,
        kind="transcription",
        reason="Point misplaced",
        laboratory=world.partner,
    )
    assert corrected.needs_confirmation


def map_of(world, *tables):
    """Return the map of a file of their values."""
    given = "\n".join(tables)
    return f"""
lot = "{{lot}}"
sample = "{{report}}"
[constants]
material = "BAC"
site = "{world.partner}"
laboratory = "{world.partner}"
use = "oral"
process = "Taihu process T-3"
issuer_role = "agent"
manufactured_on = "2026-02-01"
size = "100"
packaging = "4 drums"
use_document_kind = "declaration"
use_document_reference = "D-1"
sampled_on = "2026-02-02"
sampled_by = "Taihu QC"
sample_quantity = "100 g"
performed_by = "marek"
performed_on = "2026-02-03"
[columns]
original_certificate_number = "report"
[results]
water = "WATER"
{given}
"""


def imported(tmp_path, map_text, water):
    paths = tmp_path / "lots.csv", tmp_path / "map.toml"
    paths[0].write_text(f"lot,report,water\nBAC-26-801,TH-77,{water}\n")
    paths[1].write_text(map_text)
    return files.run(*paths)


def test_their_file_loses_no_value_and_translates_none_unseen(world, tmp_path, at):
    with pytest.raises(CommandError, match="Only blank, -, /, n/a, not tested"):
        imported(
            tmp_path, map_of(world, "[not_reported]", 'water = ["1.8 OOS"]'), "1.8 OOS"
        )
    translating = map_of(world, "[translate.water]", '"n.d." = "ND"')
    with pytest.raises(CommandError, match="a second person must approve it first"):
        imported(tmp_path, translating, "n.d.")

    assert not Lot.objects.exists()
    imported(tmp_path, map_of(world), "0.18")
    lot = Lot.objects.get()
    assert Result.objects.get().sample.number == "TH-77"
    with pytest.raises(Refusal, match="whose certificate TH-77 is not attached"):
        bench.submit(lot, by=world.cast.lin, at=at)
