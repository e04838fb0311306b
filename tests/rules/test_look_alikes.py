"""What a reader takes for one another: letters of other scripts, and lot numbers."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lots.rules import confusables, uses
from lots.rules.confusables import READ_AS
from lots.rules.lot_number import LONGEST, lot_number, skeleton
from lots.rules.text import latin, look

# As both were when the first lots were stored; never to change.
FIRST_READ_AS = dict(
    zip(
        "авекмнорстухіѕһӏАВЕКМНОРСТУХІЅҺӀαειορτΑΒΕΗΙΚΜΝΟΡΤΧ",
        "abekmhopctyxishlABEKMHOPCTYXISHlaeioptABEHIKMNOPTX",
        strict=True,
    )
)
FIRST_DIGITS = str.maketrans({"o": "0", "i": "1", "l": "1"})

LINES = """\
# Date: 2022-08-26, 16:49:08 GMT
# © 2022 Unicode®, Inc.
# Version: 15.0.0

0430 ;\t0061 ;\tMA\t# ( а → a ) CYRILLIC SMALL LETTER A → LATIN SMALL LETTER A
0412 ;\t0042 ;\tMA\t# ( В → B ) CYRILLIC CAPITAL LETTER VE → LATIN CAPITAL LETTER B
0432 ;\t0299 ;\tMA\t# ( в → ʙ ) CYRILLIC SMALL LETTER VE → LATIN LETTER SMALL CAPITAL B
0456 ;\t0069 ;\tMA\t# ( і → i ) CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I → i
0406 ;\t006C ;\tMA\t# ( І → l ) CYRILLIC CAPITAL LETTER BYELORUSSIAN-UKRAINIAN I → l
039C ;\t004D ;\tMA\t# ( Μ → M ) GREEK CAPITAL LETTER MU → LATIN CAPITAL LETTER M
006D ;\t0072 006E ;\tMA\t# ( m → rn ) LATIN SMALL LETTER M → r, n
1D7CF ;\t006C ;\tMA\t# ( 𝟏 → l ) MATHEMATICAL BOLD DIGIT ONE → l
00E6 ;\t0061 0065 ;\tMA\t# ( æ → ae ) LATIN SMALL LETTER AE → a, e
2010 ;\t002D ;\tMA\t#* ( ‐ → - ) HYPHEN → HYPHEN-MINUS
""".splitlines(keepends=True)


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("BAC-26-001", "bac-26-001"),
        ("BAC-26-O01", "bac-26-001"),
        ("bac-26-00l", "bac-26-001"),
        ("Il1-iL", "111-11"),
        ("OoO0", "0000"),
        ("TH/9 B_2+1.5", "th/9 b_2+1.5"),
        ("a", "a"),
        ("LOT 10 IO", "10t 10 10"),
        ("25L0I7-oil", "251017-011"),
        ("Z9.z9", "z9.z9"),
    ],
)
def test_key_of_a_lot_number_is_the_stored_one(number, key):
    assert lot_number(number) == number
    assert skeleton(number) == key


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 ./_+-]*", fullmatch=True))
def test_every_lot_number_has_the_key_that_it_had(number):
    assert skeleton(number) == number.casefold().translate(FIRST_DIGITS)
    assert len(skeleton(number[:LONGEST])) == len(number[:LONGEST])


@given(
    st.text(
        st.sampled_from([*FIRST_READ_AS, *map(chr, range(32, 127)), *"口服鞘内注射éü"])
    )
)
def test_every_text_looks_as_it_did(text):
    first = unicodedata.normalize("NFKC", text).translate(str.maketrans(FIRST_READ_AS))

    assert latin(text) == first
    assert look(text) == " ".join(first.split()).casefold().translate(FIRST_DIGITS)


def test_table_keeps_every_letter_that_was_read_before():
    assert {one: READ_AS.get(one) for one in FIRST_READ_AS} == FIRST_READ_AS


def test_table_reads_other_letters_as_one_latin_letter_or_digit():
    assert len(READ_AS) == 588
    assert [
        (one, seen)
        for one, seen in READ_AS.items()
        if one.isascii() or not (len(seen) == 1 and seen.isascii() and seen.isalnum())
    ] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Baclofen", "Bасlоfеn"),
        ("ВОДА", "вода"),
        ("Route 10", "Rоutе lO"),
        ("Process A", "Ｐｒｏｃｅｓｓ Ａ"),
        ("Process A", "𝐏𝐫𝐨𝐜𝐞𝐬𝐬 𝐀"),
        ("SPEC", "ꓢꓑꓰꓚ"),
        ("PASS", "ᏢᎪᏚᏚ"),
        ("Lot 8", "Ⳑ੦t ৪"),
        ("cation", "ϲаtіоո"),
        ("2 x 5", "2 × 5"),
        ("〇六", "0六"),
    ],
)
def test_texts_that_a_reader_takes_for_each_other_look_alike(one, other):
    assert look(one) == look(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("5 µg", "5 mg"), ("modem", "modern"), ("Kræmer", "Kraemer"), ("口", "0")],
)
def test_texts_that_a_reader_tells_apart_do_not_look_alike(one, other):
    assert look(one) != look(other)


@pytest.mark.parametrize(
    "text",
    ["Іntrathecal", "Ιntrathecal", "intrаthеcаl", "ıntrathecal", "𝐢ntrathecal"],
)
def test_use_is_found_in_letters_of_other_scripts(text):
    assert [use.code for use in uses.named_in(text)] == ["intrathecal"]


def test_table_is_derived_from_the_standard_as_its_module_says():
    assert confusables.derived(LINES) == {
        "а": "a",
        "В": "B",
        "в": "b",
        "і": "i",
        "І": "I",
        "Μ": "M",
        **confusables.KEPT,
    }


def test_stored_table_names_its_source():
    stored = confusables.STORED.read_text(encoding="utf-8")

    assert '"version": "15.0.0"' in stored
    assert "Unicode License" in stored
    assert '"a": "\\u0430"' in confusables.written(LINES)
