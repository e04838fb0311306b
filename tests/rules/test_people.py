"""Which printed names read the same, and which employee numbers are one."""

import pytest

from lots.rules.people import employee_number, name_read, number_read
from lots.rules.refusal import Refusal


@pytest.mark.parametrize(
    "other",
    [
        "lin yue",
        "LIN YUE",
        "Yue Lin",
        "YUE, Lin",
        "Lín Yüe",
        "Lin\u00a0Yue",
        "L\u0456n Yu\u0435",
        "\u039bin Yue".replace("\u039b", "L"),
        "Ｌｉｎ Ｙｕｅ",
        "1in Yue",
        "Lin-Yue",
        "Lin  Yue.",
        "LinYue",
        "YueLin",
    ],
)
def test_name_reads_the_same(other):
    assert name_read(other) == name_read("Lin Yue")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Søren Łoś", "Soren Los"),
        ("Strauß Jörg", "JORG STRAUSS"),
        ("\u0410нна Петрова", "Петрова Анна"),
        ("林 悦", "悦 林"),
        ("林悦", "悦 林"),
        ("Anna Maria Rossi", "Rossi AnnaMaria"),
    ],
)
def test_other_names_read_the_same(one, other):
    assert name_read(one) == name_read(other)


@pytest.mark.parametrize(
    "other",
    ["Lin Yuen", "Lin Yue Chen", "Lin", "Lin Y. Yue", "Liu Yue", "林悦"],
)
def test_another_name_reads_otherwise(other):
    assert name_read(other) != name_read("Lin Yue")


@pytest.mark.parametrize(
    "other", ["E-17", "e17", "E-0017", "E 17", "E/17", "E-O17", "E-l7", "E.00017"]
)
def test_employee_number_is_one(other):
    assert number_read(other) == number_read("E-017")


@pytest.mark.parametrize("other", ["E-170", "E-117", "17", "F-17", "E-1.7.1"])
def test_employee_number_is_another(other):
    assert number_read(other) != number_read("E-017")


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "blank"), (" ", "blank"), ("--", "blank"), ("Е-17", "character"),
     ("17\u200b", "character"), ("1" * 41, "length"), ("-17", "form")],
)  # fmt: skip
def test_employee_number_that_cannot_be_one(text, code):
    with pytest.raises(Refusal) as refused:
        employee_number(text)

    assert (refused.value.code, refused.value.field) == (code, "employee_number")
