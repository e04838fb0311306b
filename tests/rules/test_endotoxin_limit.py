"""K/M: the endotoxin limit of a dose, and the bases from which none follows."""

import pytest

from lots.rules.endotoxin_limit import Basis, check
from lots.rules.refusal import Refusal

NO_NUMBER = "is not a number above 0; the endotoxin limit K/M is calculated from it."


@pytest.mark.parametrize(
    ("basis", "limit", "dose", "words"),
    [
        # USP <85>: K is 0.2 EU/kg for a dose into the spine, 5 EU/kg for others.
        (
            Basis("0.2", "0.8", "70"),
            "17.50",
            "0.0115",
            "K = 0.2 EU/kg; M = 0.8 mg in one hour / 70 kg = 0.0115 mg/kg; K/M ="
            " 17.50 EU/mg, rounded down",
        ),
        # 5 x 60 / 7 = 42.857…: rounded up it would allow more than K/M.
        (
            Basis("5", "7", "60"),
            "42.85",
            "0.1167",
            "K = 5 EU/kg; M = 7 mg in one hour / 60 kg = 0.1167 mg/kg; K/M = 42.85"
            " EU/mg, rounded down",
        ),
    ],
    ids=["exact", "rounded down"],
)
def test_limit_is_worked_out_from_its_basis(basis, limit, dose, words):
    assert (basis.rounded_down, basis.largest_dose, basis.words) == (limit, dose, words)


@pytest.mark.parametrize(
    ("basis", "field", "sentence"),
    [
        (
            Basis("0.2", "0", "70"),
            "endotoxin_dose",
            f"0 {NO_NUMBER}",
        ),
        (
            Basis("0.2", "<1", "70"),
            "endotoxin_dose",
            f"<1 {NO_NUMBER}",
        ),
        (
            Basis("0.2", "0.8", "ND"),
            "body_weight",
            f"ND {NO_NUMBER}",
        ),
        (
            Basis("5", "0.8", "70"),
            "endotoxin_constant",
            "K is 5 EU/kg, but at most 0.2 EU/kg for this use (USP <85>); type that or"
            " less.",
        ),
    ],
    ids=["zero", "bound", "not detected", "K of another use"],
)
def test_basis_from_which_no_limit_follows_is_refused_at_its_field(
    basis, field, sentence
):
    with pytest.raises(Refusal) as caught:
        check(basis, most="0.2")

    assert (caught.value.field, str(caught.value)) == (field, sentence)


def test_basis_with_the_largest_constant_is_taken():
    assert check(Basis("0.20", "0.8", "70"), most="0.2") is None


def test_limit_of_a_basis_without_a_number_is_none():
    with pytest.raises(ValueError, match="ND is not a number"):
        _ = Basis("ND", "0.8", "70").limit
