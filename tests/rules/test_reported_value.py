"""What may be typed as a result, and what each mistake is told."""

import re
import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lots.rules import reported_value
from lots.rules.reported_value import Kind, NotAReportedValue, Reported


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("98.50", Reported("98.50", Kind.NUMBER, Decimal("98.50"))),
        ("0", Reported("0", Kind.NUMBER, Decimal(0))),
        ("-0.12", Reported("-0.12", Kind.NUMBER, Decimal("-0.12"))),
        ("+20.90", Reported("+20.90", Kind.NUMBER, Decimal("20.90"))),
        ("  7.0 ", Reported("7.0", Kind.NUMBER, Decimal("7.0"))),
        ("<0.05", Reported("<0.05", Kind.LESS, Decimal("0.05"))),
        ("< 0.05", Reported("< 0.05", Kind.LESS, Decimal("0.05"))),
        (">100", Reported(">100", Kind.GREATER, Decimal(100))),
        ("ND", Reported("ND", Kind.NOT_DETECTED)),
        ("nd", Reported("nd", Kind.NOT_DETECTED)),
        (
            "999999999999.00000000000000000001",
            Reported(
                "999999999999.00000000000000000001",
                Kind.NUMBER,
                Decimal("999999999999.00000000000000000001"),
            ),
        ),
    ],
    ids=lambda value: value.strip() if isinstance(value, str) else "",
)
def test_parse_keeps_what_was_typed(text, expected):
    assert reported_value.parse(text) == expected


def test_parse_keeps_the_decimals_that_were_typed():
    typed = reported_value.parse("98.50")

    assert (typed.text, str(typed.number), typed.places) == ("98.50", "98.50", 2)


def test_printed_has_no_space_after_the_sign():
    assert reported_value.parse("< 0.05").printed == "<0.05"
    assert reported_value.parse("nd").printed == "ND"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "blank"),
        ("   ", "blank"),
        ("1,234", "comma"),
        ("0,05", "comma"),
        ("< 0,05", "comma"),
        ("1,234.5", "comma"),
        ("1e5", "exponent"),
        ("1E-5", "exponent"),
        ("1e2000000", "exponent"),
        ("10^3", "exponent"),
        ("2x10^3", "exponent"),
        ("NaN", "not-finite"),
        ("sNaN", "not-finite"),
        ("-Infinity", "not-finite"),
        ("inf", "not-finite"),
        ("99.5%", "unit"),
        ("99.5 %", "unit"),
        ("5 \N{MICRO SIGN}g/g", "unit"),
        ("<10 CFU/g", "unit"),
        ("1_000", "underscore"),
        ("<", "bare-sign"),
        ("> ", "bare-sign"),
        ("\N{LESS-THAN OR EQUAL TO}5", "sign"),
        ("<=5", "sign"),
        (">=5", "sign"),
        ("<<5", "sign"),
        ("~5", "sign"),
        ("<LOQ", "limit-name"),
        ("n.d.", "not-detected"),
        ("Not detected", "not-detected"),
        ("BDL", "not-detected"),
        ("+ 5", "plus"),
        ("00.5", "leading-zeros"),
        ("007", "leading-zeros"),
        (".5", "leading-point"),
        ("<.5", "leading-point"),
        ("5.", "trailing-point"),
        ("1234567890123", "digits"),
        ("0.000000000000000000001", "digits"),
        ("1 234", "space"),
        ("<  0.05", "space"),
        ("1.2.3", "form"),
        ("--5", "form"),
        ("abc", "form"),
        ("<ND", "limit-name"),
        ("9" * 41, "length"),
        ("1\N{ARABIC-INDIC DIGIT TWO}", "character"),
        ("\N{DEVANAGARI DIGIT NINE}8.5", "character"),
        ("\N{FULLWIDTH DIGIT NINE}", "character"),
        ("98.5\N{ZERO WIDTH SPACE}", "character"),
        ("1\N{NO-BREAK SPACE}234", "character"),
        ("98.5\n", "character"),
        ("98\N{ARABIC DECIMAL SEPARATOR}5", "character"),
        ("\N{MINUS SIGN}5", "character"),
        ("98.5\0", "character"),
    ],
    ids=ascii,
)
def test_parse_refuses_each_mistake_with_its_own_code(text, code):
    with pytest.raises(NotAReportedValue) as refused:
        reported_value.parse(text)

    assert refused.value.code == code
    assert str(refused.value).endswith(".")


def test_parse_says_what_to_do_about_a_comma():
    with pytest.raises(NotAReportedValue) as refused:
        reported_value.parse("1,234")

    assert str(refused.value) == (
        "1,234 has a comma, which could mean decimals or thousands; type decimals with"
        " a point, and thousands without a separator."
    )


def test_parse_names_the_code_point_of_a_foreign_digit():
    with pytest.raises(NotAReportedValue) as refused:
        reported_value.parse("98.\N{ARABIC-INDIC DIGIT FIVE}")

    assert str(refused.value) == (
        "The value has the character U+0665 at place 4; type it with the digits 0 to 9"
        " and a point."
    )


def test_every_mistake_has_a_sentence_of_its_own():
    texts = ("1,2", "1e5", "NaN", "1%", "1_0", "<", "<=5", "+ 5", "05", ".5", "5.", "")
    sentences = set()
    for text in texts:
        with pytest.raises(NotAReportedValue) as refused:
            reported_value.parse(text)
        sentences.add(refused.value.sentence)

    assert len(sentences) == len(texts)


@pytest.mark.parametrize(
    "text",
    ["9" * 100_000, "1e2000000", "<" * 100_000, " " * 100_000, "1_" * 50_000],
    ids=["digits", "exponent", "signs", "spaces", "underscores"],
)
def test_parse_refuses_hostile_text_at_once(text):
    began = time.perf_counter()

    with pytest.raises(NotAReportedValue):
        reported_value.parse(text)
    with pytest.raises(NotAReportedValue):
        reported_value.parse_word(text, vocabulary=("Conforms",))
    with pytest.raises(NotAReportedValue):
        reported_value.parse_absence(text)

    assert time.perf_counter() - began < 0.1


_DIGITS = st.text("0123456789", min_size=1, max_size=12)


@settings(max_examples=1000, deadline=None)
@given(
    sign=st.sampled_from(["", "-", "<", "< ", ">", "> ", "<-"]),
    whole=_DIGITS.map(lambda digits: digits.lstrip("0") or "0"),
    decimals=st.text("0123456789", max_size=20),
)
def test_parse_alters_no_number(sign, whole, decimals):
    text = sign + whole + (f".{decimals}" if decimals else "")

    typed = reported_value.parse(text)

    assert typed.text == text
    assert f"{typed.number:f}" == text.lstrip("<> ")
    assert typed.places == len(decimals)


@settings(max_examples=2000, deadline=1000)
@given(
    st.text(max_size=60)
    | st.text("0123456789.,-+<>eE_% NDx^", max_size=45)
    | st.text(st.characters(categories=["Nd", "Cf", "Zs"]), max_size=20)
)
def test_parse_takes_the_grammar_and_refuses_all_else(text):
    grammar = re.fullmatch(
        r" *((?:[<>] ?)?[+-]?(?:0|[1-9][0-9]{0,11})(?:[.][0-9]{1,20})?|[nN][dD]) *",
        text,
    )

    if grammar and len(text) <= 40:
        assert reported_value.parse(text).text == grammar[1]
    else:
        with pytest.raises(NotAReportedValue, match=r"\.$"):
            reported_value.parse(text)


@pytest.mark.parametrize("text", ["Yes", "yes ", "YES", " yEs"])
def test_parse_word_forgives_case_and_stray_spaces(text):
    typed = reported_value.parse_word(text, vocabulary=("Yes", "No"))

    assert typed == Reported(text.strip(" "), Kind.WORD, word="Yes")


def test_parse_word_forgives_doubled_spaces_inside():
    typed = reported_value.parse_word("white  POWDER", vocabulary=("White powder",))

    assert (typed.text, typed.printed) == ("white  POWDER", "White powder")


def test_parse_word_refuses_with_the_list_of_words():
    with pytest.raises(NotAReportedValue) as refused:
        reported_value.parse_word("okay", vocabulary=("Conforms", "Does not conform"))

    assert str(refused.value) == (
        "okay is not a result that this test can have; choose one of: Conforms; Does"
        " not conform."
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Absent", Reported("Absent", Kind.WORD, word="Absent")),
        ("absent ", Reported("absent", Kind.WORD, word="Absent")),
        ("PRESENT", Reported("PRESENT", Kind.WORD, word="Present")),
        (
            "Absent in 10 g",
            Reported("Absent in 10 g", Kind.WORD, word="Absent", portion="10 g"),
        ),
        (
            "absent in 10g",
            Reported("absent in 10g", Kind.WORD, word="Absent", portion="10 g"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_parse_absence(text, expected):
    assert reported_value.parse_absence(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "blank"),
        ("ND", "vocabulary"),
        ("0", "vocabulary"),
        ("Absent in water", "portion"),
        ("Absent in 0 g", "portion"),
        ("Absent in 1,0 g", "portion"),
    ],
    ids=ascii,
)
def test_parse_absence_refuses_anything_else(text, code):
    with pytest.raises(NotAReportedValue) as refused:
        reported_value.parse_absence(text)

    assert refused.value.code == code


def test_at_field_names_the_field_of_what_is_refused_inside():
    with pytest.raises(NotAReportedValue) as refused, reported_value.at_field("high"):
        reported_value.parse("1,5")

    assert (refused.value.code, refused.value.field) == ("comma", "high")


@pytest.mark.parametrize("text", ["<0", "< 0.00", "<-1"])
def test_bound_that_allows_no_value_is_refused(text):
    with pytest.raises(NotAReportedValue) as caught:
        reported_value.check_bound(reported_value.parse(text))

    assert (caught.value.code, str(caught.value)) == (
        "bound",
        f"{text} allows no value at all; type < and the quantitation limit, such as"
        " <0.05, or ND for not detected.",
    )


@pytest.mark.parametrize("text", ["<0.05", ">0", "0", "ND"])
def test_bound_that_allows_a_value_is_kept(text):
    value = reported_value.parse(text)

    assert reported_value.check_bound(value) is value


@pytest.mark.parametrize(
    ("text", "code"),
    [("x" * (reported_value.LONGEST_WORD + 1), "length"), (" ", "blank")],
    ids=["too long", "blank"],
)
def test_word_that_is_none_is_refused(text, code):
    with pytest.raises(NotAReportedValue) as caught:
        reported_value.parse_word(text, vocabulary=("Clear",))

    assert caught.value.code == code


def test_free_text_keeps_single_spaces():
    value = reported_value.parse_text("  Soluble in\n water ")

    assert (value.text, value.word) == ("Soluble in water", "Soluble in water")


@pytest.mark.parametrize(
    ("text", "code"),
    [(" \n", "blank"), ("x" * (reported_value.LONGEST_WORD + 1), "length")],
)
def test_free_text_that_is_none_is_refused(text, code):
    with pytest.raises(NotAReportedValue) as caught:
        reported_value.parse_text(text)

    assert caught.value.code == code
