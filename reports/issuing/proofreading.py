"""Proofreading of a certificate's content before it gets a number.

Finds what is missing, names another use, cannot be printed, or does not fit on a page.
"""

from dataclasses import fields, is_dataclass

from lots.rules import claims, uses
from lots.rules.refusal import Refusal, Word
from reports import pdf
from reports.composition import certificate_content
from reports.content import certificate as content_of
from reports.content import completeness
from reports.pdf import fonts


def faults(draft, *, revision):
    """Yield every fault of a draft of this revision, as a refusal with its field."""
    yield from _other_uses(draft)
    numbered = certificate_content.numbered(
        draft,
        number=draft.number,
        revision=revision,
        series="",
        address=draft.check.address,
    )
    for each in completeness.missing(numbered):
        yield Refusal(each.code, each.sentence, field=each.field, **each.params)
    try:
        fonts.refuse_unprintable(draft)
    except fonts.Unprintable as refusal:
        yield refusal
    else:
        yield from _too_long(draft)


def _other_uses(draft):
    """Yield a use that a free text claims and the certificate does not (FDA, 2015).

    Names of companies are what they are, and a justification may speak of any use.
    """
    texts = dict(_free_texts(draft))
    for place, laboratory in enumerate(draft.laboratories):
        # Fixed on the page of the lot, whose results bring it, not on the site.
        texts[f"report[{place}]"] = laboratory.report
    for place, signature in enumerate(draft.signatures):
        texts[f"signatures[{place}].title"] = signature.title
    for place, each in enumerate(draft.statements):
        texts[f"statements[{place}]"] = f"{each.title}: {each.text}"
    lines = [line for group in draft.groups for line in group.lines]
    for place, line in enumerate(lines):
        for name in ("test", "procedure", "criterion", "result", "basis"):
            texts[f"lines[{place}].{name}"] = getattr(line, name)
    named = draft.specification.compendium
    for place, note in enumerate(draft.footnotes):
        # A remark on a result is one. What names the compendium is asked below.
        if not named or named not in note.text:
            texts[f"footnotes[{place}]"] = note.text
    for field, text in texts.items():
        others = uses.named_beyond(draft.use.code, text)
        for named in others:
            yield Refusal(
                "other-use",
                "“%(text)s” names %(named)s use, but the certificate is for %(use)s"
                " use. Remove the other use from the text.",
                field=field,
                text=text,
                named=Word(named.said),
                use=Word(uses.use(draft.use.code).said),
            )
        # The words of another use are claims too, and said once.
        if not others and not field.startswith("signatures["):
            yield from claims.refusals(draft.use.code, **{field: text})
    yield from claims.refusals_of_release(draft.use.code, **_of_the_release(draft))


def _free_texts(part, path=""):
    """Yield the texts of a content that are declared `free`, with their paths."""
    for each in fields(part):
        value, name = getattr(part, each.name), f"{path}{each.name}"
        if each.metadata.get("is_free"):
            yield name, value
        elif is_dataclass(value):
            yield from _free_texts(value, f"{name}.")


def _of_the_release(draft):
    """Return the texts that may name any use, and still claim nothing for this one."""
    return {
        "deviations": draft.deviations,
        "specification.compendium": draft.specification.compendium,
        "supersedes.reason": draft.supersedes.reason if draft.supersedes else "",
        **{f"remarks[{place}]": text for place, text in enumerate(draft.remarks)},
    }


def _too_long(draft):
    """Yield what is too long for a page, before a number is given to it.

    Its field is the first that begins as the refusal quotes it.
    """
    try:
        pdf.refuse_too_long(draft)
    except Refusal as refusal:
        begins = str(refusal.params["text"])
        field = next(
            (path for path, text in content_of.texts(draft) if text.startswith(begins)),
            "",
        )
        yield Refusal(refusal.code, refusal.sentence, field=field, **refusal.params)
