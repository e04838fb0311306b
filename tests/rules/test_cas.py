"""Which texts are CAS numbers: their form and their check digit."""

import pytest

from lots.rules.cas import NotACasNumber, cas_number


@pytest.mark.parametrize(
    "text",
    ["1134-47-0", "7732-18-5", "50-00-0", "1234567-89-5", "not assigned"],
)
def test_cas_number_is_returned_as_typed(text):
    assert cas_number(text) == text


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        (
            "",
            "blank",
            "Certificates print the CAS number of the material; type it, or “not"
            " assigned” where it has none.",
        ),
        (
            "1134-47",
            "form",
            "1134-47 is not a CAS number; write it as 1134-47-0, or type “not"
            " assigned”.",
        ),
        (
            " 1134-47-0",
            "form",
            " 1134-47-0 is not a CAS number; write it as 1134-47-0, or type “not"
            " assigned”.",
        ),
        (
            "1134-47-1",
            "check-digit",
            "1134-47-1 is not a CAS number: its check digit would be 0; compare it with"
            " its source.",
        ),
        (
            "1143-47-0",
            "check-digit",
            "1143-47-0 is not a CAS number: its check digit would be 1; compare it with"
            " its source.",
        ),
    ],
    ids=["blank", "cut", "space", "last digit", "two digits the other way round"],
)
def test_what_is_no_cas_number_is_refused(text, code, sentence):
    with pytest.raises(NotACasNumber) as caught:
        cas_number(text)

    assert (caught.value.code, caught.value.field, str(caught.value)) == (
        code,
        "cas_number",
        sentence,
    )
