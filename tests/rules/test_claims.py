"""Claims: what a text must not promise beyond the use that a lot is for."""

import pytest

from lots.rules import claims, uses
from lots.rules.claims import Kind

ORAL, SPINE = "oral", "intrathecal"
# List A: on no use of today. In every language that certificates can print.
STERILE = [
    "Sterile",
    "sterile-filtered, pyrogen-free",
    "Sterility assured",
    "Tested for sterility",
    "STERILISED by filtration",
    "Sterilized",
    "s t e r i l e",
    "ste-rile",
    "st\N{LATIN SMALL LETTER E WITH ACUTE}rile",
    "\N{CYRILLIC SMALL LETTER DZE}terile",
    "not only sterile",
    "not non-sterile",
    "never sterile",
    "was found to be sterilised",
    "non-sterile drum, sterile content",
    "Aseptically filled",
    "Aseptic process",
    "Pyrogen-free",
    "pyrogen free",
    "Pyrogenfrei",
    "Free from pyrogens",
    "Free of bacterial endotoxins",
    "free of any detectable endotoxin",
    "No endotoxins",
    "Non-pyrogenic",
    "Nonpyrogenic",
    "Apyrogenic",
    "Depyrogenated",
    "Endotoxin-free",
    "endotoxinfrei",
    "Keimfrei",
    "Germ-free",
    "Bacteria free",
    "Steril, apyrogen",
    "Stérile et apyrogène",
    "Exempt d'endotoxines",
    "sans pyrogènes",
    "Estéril, libre de pirógenos",
    "Sterile, privo di pirogeni",
    "Endotoxins absent",
    "Pyrogens: none",
    "Endotoxin not detected",
    "Pyrogens were not detected",
    "Free of germs",
    "free from micro-organisms",
    "Autoclaved",
    "Gamma irradiated",
    "无菌",
    "無菌原料药",
    "已灭菌",
    "除菌过滤",
    "无热原",
    "無熱原",
    "不含内毒素",
    "无细菌内毒素",
]
# List B: on injectable uses alone.
INJECTABLE = [
    "Injection grade",
    "For injection",
    "For injections",
    "suitable for injectables",
    "Injectable quality",
    "for direct injection",
    "for 2 injections",
    "for injection 2",
    "Parenteral grade",
    "suitable for parenteral products",
    "par-enteral",
    "Spinal",
    "for intraspinal use",
    "Intravenous",
    "i.v. grade",
    "For infusion",
    "Pour perfusion",
    "IV grade",
    "inj. grade",
    "Inj grade",
    "Suitable for inj.",
    "for use in implantable pumps",
    "Intra-articular",
    "lumbar use",
    "for the spine",
    "脊髓用",
    "Endotoxin: low",
    "endotoxin-low",
    "low levels of endotoxin",
    "Low-endotoxin",
    "low endotoxin",
    "Low in bacterial endotoxins",
    "Endotoxin-controlled",
    "water for injection grade",
    "Zur Injektion",
    "endotoxinarm",
    "parenterale Anwendung",
    "pour préparations injectables",
    "Inyectable",
    "Per preparazioni iniettabili",
    "供注射用",
    "注射级",
    "注射用巴氯芬",
    "针剂用",
    "低内毒素",
    "肠外制剂",
    "静脉输液",
    "meets parenteral limits",
]
# Honest on every use.
HONEST = [
    "",
    "Non-sterile",
    "Nonsterile",
    "non sterile",
    "Not sterile",
    "Unsterile",
    "Unsteril",
    "Nicht steril",
    "Non stérile",
    "No estéril",
    "Not sterilised",
    "To be sterilised by the manufacturer of the medicinal product.",
    "Material to be sterilized before use",
    "Must be sterilised",
    "Before sterilisation",
    "Not pyrogen-free",
    "非无菌",
    "非無菌",
    "未灭菌",
    "使用前需灭菌",
    "灭菌前",
    "Not for injection",
    "Not suitable for parenteral use",
    "Not for injectable or intrathecal products.",
    "Non-parenteral",
    "不得用于注射",
    "非注射用",
    "Dissolved in water for injections",
    "Sterile water for injection R",
    "Wasser für Injektionszwecke",
    "Eau pour préparations injectables",
    "溶于注射用水",
    "灭菌注射用水",
    "LC, 6 injections",
    "Mean of duplicate injections",
    "LC, injection volume 20 µL",
    "headspace injection",
    "Sequence 12, injection 5",
    "SEQ-7, injections 4 to 9",
    "ICH Q3D(R2), parenteral option 1; no element is added",
    "Bacterial endotoxins",
    "Bacterial endotoxins: 0.2 EU/mg",
    "Endotoxins: report",
    "Lower limit of endotoxin",
    "Autoclave 3",
    "Loss on drying, low",
    "Pumps and flow are those of the method",
    "Pyrogens",
    "a pyrogen test",
    "NMT 0.5 EU/mg",
    "细菌内毒素",
    "Microbial enumeration",
    "Residual solvents: only class 2 and class 3",
    "Store well closed, protected from light.",
]


@pytest.mark.parametrize("text", STERILE)
@pytest.mark.parametrize("use", uses.USES)
def test_sterile_and_its_kin_are_claimed_for_no_use_of_today(use, text):
    assert Kind.STERILE in {one.kind for one in claims.beyond(use, text)}


@pytest.mark.parametrize("text", INJECTABLE)
def test_injectable_and_its_kin_are_claimed_for_injectable_uses_alone(text):
    assert [one.kind for one in claims.beyond(ORAL, text)] == [Kind.INJECTABLE]
    assert claims.beyond(SPINE, text) == ()


@pytest.mark.parametrize("text", HONEST)
@pytest.mark.parametrize("use", uses.USES)
def test_honest_words_are_no_claim(use, text):
    assert claims.beyond(use, text) == ()


def test_words_of_the_band_are_no_claim_of_their_use():
    """The band is not asked; a text that repeats it is."""
    for use in uses.USES.values():
        assert claims.beyond(use.code, f"{use.headline}. {use.caution}") == ()


def test_sterile_use_may_say_sterile(monkeypatch):
    sterile = uses.Use(
        code="ophthalmic",
        name="Ophthalmic",
        said="ophthalmic",
        products="eye drops",
        headline="FOR THE MANUFACTURE OF EYE DROPS",
        caution="Sterile.",
        called="ophthalm",
        is_injectable=False,
        is_sterile=True,
    )
    monkeypatch.setitem(uses.USES, "ophthalmic", sterile)

    assert claims.beyond("ophthalmic", "Sterile, pyrogen-free") == ()
    assert len(claims.beyond("ophthalmic", "For injection")) == 1
    # A statement is printed for every use, so the strictest decides.
    assert [use for _claim, use in claims.beyond_some("Sterile")] == ["oral"]
    assert claims.beyond_all("Sterile") == ()


def test_text_for_every_use_claims_what_all_of_them_are():
    assert [use for _claim, use in claims.beyond_some("Injection grade")] == [ORAL]
    assert claims.beyond_all("Injection grade") == ()
    assert [one.kind for one, _use in claims.beyond_all("Sterile")] == [Kind.STERILE]


def test_refusal_names_the_words_and_the_way_on():
    [refused] = claims.refusals(ORAL, note="Sterile-filtered, 25 kg")

    assert (refused.code, refused.field, str(refused)) == (
        "claim",
        "note",
        "Sterile-filtered, 25 kg claims “Sterile”, but material for oral use is not"
        " delivered sterile; certificates print this text, so word it without the"
        " claim, or say non-sterile.",
    )


def test_statement_of_a_release_may_name_the_use_of_its_lot():
    """“Intrathecal” is the lot's own word; “sterile” is a claim in any case."""
    stated = "Released for intrathecal products; sterile."

    found = [
        (one.field, one.code)
        for one in claims.refusals_of_release(SPINE, justification=stated)
    ]

    assert found == [("justification", "claim")]
    assert not list(claims.refusals_of_release(SPINE, justification="For intrathecal."))
