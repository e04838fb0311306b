"""Every text of a certificate is read for another use, or is known to be no claim."""

import json
import re

from reports.content import certificate as content_of
from reports.issuing import proofreading
from tests import messages

SAMPLE = messages.ROOT / "tests/reports/content/golden/certificate-format-1.json"
CLAIM = "For intrathecal use"
# Names, addresses, numbers and dates; and what the program words itself. A further
# text of a certificate is no part of this list until somebody decided so.
NO_CLAIM = re.compile(
    r"(issuer|manufacturer|original|check|dates|shelf|use)\..*"
    r"|laboratories\[\]\.(mark|name|address\[\]|telephone)"
    r"|lot\.(number|own_number|origin|batch_size)"
    r"|material\.(cas|item_code|formula)"
    r"|specification\.(code|version|effective|owner|title|edition)"
    r"|signatures\[\]\.(name|meaning|at|login|digest|id)"
    r"|supersedes\.(number|revision)"
    r"|groups\[\]\.heading"
    r"|groups\[\]\.lines\[\]\.(unit|laboratory|quantitation|notes\[\])"
    r"|statements\[\]\.version"
    r"|footnotes\[\]\..*"
    r"|(number|revision|series|title|customer|duplicate_of|rounding|conclusion)"
)


def leaves(value, path=""):
    """Yield the path of every text, and a function that puts another in its place."""
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    for step, one in steps:
        name = f"{path}[]" if isinstance(value, list) else f"{path}.{step}".lstrip(".")
        if isinstance(one, str):
            yield name, value, step
        elif isinstance(one, (dict, list)):
            yield from leaves(one, name)


def test_every_text_is_read_for_another_use():
    stored = json.loads(SAMPLE.read_text("utf-8"))
    stored["use"]["code"] = "oral"
    unread = set()
    for path, owner, step in leaves(stored):
        if path == "use.code":
            continue
        before, owner[step] = owner[step], CLAIM
        try:
            draft = content_of.from_json(
                json.dumps(
                    stored, ensure_ascii=False, sort_keys=True, separators=(",", ":")
                )
            )
        except content_of.Unreadable:
            continue  # one of a few words, which nobody types
        finally:
            owner[step] = before
        texts = [
            str(refusal.params.get("text", ""))
            for refusal in proofreading._other_uses(draft)
        ]
        if not any(CLAIM in text for text in texts):
            unread.add(path)

    assert {path for path in unread if not NO_CLAIM.fullmatch(path)} == {
        # They may speak of any use (a justification does), and are asked for claims.
        "deviations",
        "remarks[]",
        "specification.compendium",
        "supersedes.reason",
    }
