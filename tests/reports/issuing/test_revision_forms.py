"""The forms of a revision and a duplicate: what is missing and what blocks, at once."""

import pytest

from reports.models import Certificate
from tests import addresses
from tests.lots.pages import signed_in, typed, words

# A character that nobody sees: no record keeps a text with it.
UNSEEN = "x\N{RIGHT-TO-LEFT OVERRIDE}y"


@pytest.mark.parametrize(
    ("step", "missing"), [("revise", "Reason"), ("duplicate", "Customer")]
)
def test_certificate_form_says_what_is_missing_and_what_blocks(
    world, at, step, missing
):
    address = addresses.addresses(world, at)[f"reports:certificate_{step}"]

    answer = signed_in(world.cast.chen).post(
        address, {f"{step}-shipped": "9999 kg", f"{step}-order": UNSEEN}
    )

    said = words(answer)
    assert answer.status_code == 422
    assert f"{missing} is missing" in said
    assert "9999 kg is more than the batch size" in said
    assert "U+202E" in said
    assert "choose that one under “Customer”" not in said
    assert typed(answer, f"{step}-shipped") == "9999 kg"
    assert Certificate.objects.count() == 1
