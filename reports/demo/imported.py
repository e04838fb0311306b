"""Lots that come from a file, with a map that a second person approved."""

import datetime

from lots.demo import bench, real_lots
from lots.evidence import signatures
from lots.evidence.documents import Upload
from lots.imports import lot_import, map_approval
from lots.models import Lot
from reports.demo.ordinary_lots import GateOpen

DAY = datetime.timedelta(days=1)
_MAP = """\
lot = "{{lot}}"
sample = "{{lot}}/S1"
never_zero = ["water"]

[ignore]
remarks = "remark"

[columns]
manufactured_on = "made"
sampled_on = "sampled"
performed_on = "tested"

[constants]
material = "{item_code}"
site = "{organisation}, {site}"
use = "oral"
process = "{process}"
size = "100"
packaging = "4 HDPE drums of 25 kg"
use_document_kind = "declaration"
use_document_reference = "Invented declaration 7"
sampled_by = "Marek Novak"
sample_quantity = "50 g"
performed_by = "marek"

[results]
content = "CONTENT"
total = "TOTAL"
water = "WATER"
impurity_l = "IMP-L"

[not_reported]
water = ["0", "-"]
impurity_l = ["-"]

[translate.impurity_l]
"n.d." = "ND"
"""
# What the next file would need besides; it waits for its approval.
_MORE = '"not detectable" = "ND"\n'


def from_a_file(life, number, start):
    """Two lots from a file: proposed, approved by a reviewer, imported, submitted."""
    days = f"{start - 3 * DAY:%F},{start - DAY:%F},{start:%F}"
    upload = Upload(
        f"{number}.csv",
        (
            "lot,made,sampled,tested,content,total,water,impurity_l,remarks\n"
            f"{number}-1,{days},94.42,0.21,1.53,n.d.,\n"
            f"{number}-2,{days},94.61,0.18,0,-,water titrator in repair\n"
        ).encode(),
    )
    map_text = _MAP.format(
        item_code=real_lots.ITEM_CODE,
        organisation=real_lots.ORGANISATION,
        site=real_lots.SITE,
        process=real_lots.PROCESS,
    )
    cast = life.cast
    at = start + DAY
    yield at
    told = {"upload": upload, "map_text": map_text}
    if lot_import.check_file(by=cast.lin, at=at, **told).ready:
        raise GateOpen("A map that translates was usable before its approval.")
    yield (at := at + datetime.timedelta(hours=2))
    column = map_approval.found(map_text)
    map_approval.approve_map(
        column=column,
        by=cast.sofia,
        at=at,
        confirmation=cast.confirmation(cast.sofia, at=at),
        shown=signatures.shown(map_approval.map_text(column)),
    )
    yield (at := at + datetime.timedelta(hours=1))
    imported = lot_import.import_lots(by=cast.lin, at=at, **told)
    for lot in Lot.objects.filter(imported=imported).order_by("pk"):
        bench.submit(lot, by=cast.lin, at=at)
    yield (at := at + DAY)
    following = Upload(
        f"{number}-next.csv",
        upload.content.replace(b"-1,", b"-3,")
        .replace(b"-2,", b"-4,")
        .replace(b",n.d.,", b",not detectable,"),
    )
    lot_import.check_file(
        by=cast.lin, at=at, upload=following, map_text=map_text + _MORE
    )
