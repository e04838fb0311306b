"""What a spreadsheet shows for a number cell, and whether that tells the number."""

from decimal import Decimal

import pytest

from lots.imports import number_format


@pytest.mark.parametrize(
    ("number", "code", "shown", "tells"),
    [
        # As it is, and with other decimals.
        ("5.318", "General", "5.318", True),
        ("5.318", "@", "5.318", True),
        ("5.318", "0.00", "5.32", True),
        ("98.5", "0.00", "98.50", True),
        ("98.5", "_-* 0.00_-", "98.50", True),
        ("98.5", "[$-409]0.00", "98.50", True),
        ("0.044", "0.0", "0.0", True),
        ("5.25", "0.0??", "5.25", True),
        ("5", "0.0??", "5.0", True),
        ("0.5", "#.##", ".5", True),
        ("5", "#.##", "5.", True),
        ("-5.04", "0.0", "-5.0", True),
        ("5.04", "0.0;0.0", "5.0", True),
        ("5.04", "[Red]0.0_);[Color 3]-0.0_)", "5.0", True),
        ("-5.04", "[Red]0.0_);[Color 3]-0.0_)", "-5.0", True),
        ("12", "General;-General", "12", True),
        # Another text, another number, or nothing.
        ("220", '">"0', ">220", False),
        ("220", ">0", ">220", False),
        ("0.05", '"<"0.00', "<0.05", False),
        ("0.2", '"ND"', "ND", False),
        ("-0.2", '"ND"', "-ND", False),
        ("12345", "0,", "12", False),
        ("12345", "0.0,,", "0.0", False),
        ("-5.04", "0.0;0.0", "5.0", False),
        ("-0.04", "0.0;0.0", "0.0", False),
        ("-5.04", "0.0;", "", False),
        ("5", ";;;", "", False),
        ("0", "0;-0;;@", "", False),
        ("1.2", '"ca. "0.0', "ca. 1.2", False),
        ("1.2", "\\c\\a\\.\\ 0.0", "ca. 1.2", False),
        ("5", '"1"0', "15", False),
        ("5", '0"0"', "50", False),
        ("12345", "00000000", "00012345", False),
        ("12345", '"LOT-"0000', "LOT-12345", False),
        ("1234567890", "000-000-0000", "123-456-7890", False),
        ("1234.5", "#,##0.00", "1,234.50", False),
        ("-1234", "#,##0_);(#,##0)", "(1,234)", False),
        ("1234567", "#,##0,", "1,235", False),
        ("5", "0.00 [$\N{EURO SIGN}-407]", "5.00 \N{EURO SIGN}", False),
        ("5", "?0", "5", True),
        ("12", '"x"General', "x12", False),
    ],
)
def test_text_that_a_number_cell_shows(number, code, shown, tells):
    text = number_format.shown(Decimal(number), code)

    assert (text, number_format.tells(Decimal(number), text)) == (shown, tells)


@pytest.mark.parametrize(
    "code",
    [
        *("0.00E+00", "# ?/?", "0%", '[>3]"big";0', "yyyy", "0 kg", "General0"),
        "0" * 256,
        # A filling repeats its character, and a language may have its own digits.
        *(
            "0*x",
            "*>0.0",
            "*-0.0",
            "*00.0",
            "0.0*0",
            "[$-1030000]0.0",
            "[$-D000000]0.0",
        ),
    ],
)
def test_format_that_is_not_worked_out_has_no_text(code):
    assert number_format.shown(Decimal("3.5"), code) is None


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("General", "ND"),
        ("@", "ND"),
        ("0.00", "ND"),
        ("0;-0;0", "ND"),
        (";;;", ""),
        ('0;0;0;"none"', "none"),
        ('"not "@', "not ND"),
        ('0;"ca. "@', "ca. ND"),
        ("[>3]0;@", None),
        ("[>3]0;0", "ND"),
    ],
)
def test_text_that_a_text_cell_shows(code, shown):
    assert number_format.shown_text("ND", code) == shown


@pytest.mark.parametrize(
    ("code", "is_zeros"), [("00000", True), ("0", True), ("#0", False), ("", False)]
)
def test_format_of_zeros_alone(code, is_zeros):
    assert number_format.is_zeros(code) is is_zeros
