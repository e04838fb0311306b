"""Reviews and releases as a browser sends them, with the boxes that are ticked."""

from django.urls import reverse

from lots.demo import bench
from lots.evidence.documents import Upload
from lots.results import result_entry
from lots.rules import statements
from tests.lots.pages import PASSWORD, shown

TYPED = {"batch_record": "BR-001", "deviations": "none", "justification": ""}


def box(answer, statement, *, prefix=""):
    """Return the box of a statement as the page has it."""
    name = f'name="{prefix}{statements.field(statement)}"'
    [found] = [
        one for one in answer.content.decode().split("<input")[1:] if name in one
    ]
    return found[: found.index(">")]


def send_review(client, lot, *, digest="", **sent):
    order = lot.test_orders.get()
    address = f"/test-orders/{order.pk}/review/sign/"
    keys = [one.pk for one in order.results.order_by("pk")]
    digest = digest or shown(client.get(address, {"result": keys}))
    return client.post(
        address, {"result": keys, "password": PASSWORD, "shown": digest, **sent}
    )


def send_release(client, lot, *, digest="", **sent):
    address = reverse("lots:release", args=[bench.assessment(lot, "BAC-ORAL").pk])
    digest = digest or shown(client.get(address))
    return client.post(
        address, {"password": PASSWORD, "shown": digest, **TYPED, **sent}
    )


def attach(world, lot, at, name="chromatogram.txt", *, result=None):
    """Attach a file to the result of methanol, or another; return the Attachment."""
    result = result or lot.test_orders.get().results.get(test__code="MEOH")
    return result_entry.attach(
        lot=lot,
        result=result,
        by=world.cast.lin,
        at=at,
        upload=Upload(name, b"Methanol 112 ppm"),
        title=name,
    )
