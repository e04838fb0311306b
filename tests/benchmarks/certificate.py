"""The certificate beside its peer (WeasyPrint) and its floor (a bare canvas).

`python -m tests.benchmarks.certificate` prints one line per figure. Times are CPU time
of this process, medians of interleaved pairs, so that a busy machine hits both alike.
"""

import gc
import io
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from reportlab.pdfgen.canvas import Canvas
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration

from reports.content.certificate import Certificate
from reports.pdf import certificate, render
from reports.pdf.fonts import regular
from reports.pdf.page import Text
from reports.pdf.theme import SHEETS
from tests.reports.contents import intrathecal

_PAIRS: Final = 60
_PAIRS_OF_PEER: Final = 15


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the benchmark: the ratio has to be at most the goal."""

    name: str
    ratio: float
    goal: float

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.goal


def run() -> list[Figure]:
    """Return the figures of the certificate (dependencies.md 5)."""
    content = intrathecal()
    return [
        Figure(
            name="certificate of 20 tests / WeasyPrint",
            ratio=_ratio(lambda: render(content), _peer(content), _PAIRS_OF_PEER),
            goal=1 / 6,
        ),
        Figure(
            name="certificate of 20 tests / bare canvas",
            ratio=_ratio(lambda: render(content), _floor(content), _PAIRS),
            goal=2.5,
        ),
    ]


def _ratio(ours: Callable[[], bytes], theirs: Callable[[], bytes], pairs: int) -> float:
    """Return the median of CPU time over CPU time, the two run in turn."""
    ours(), theirs()  # fonts are read, templates parsed, caches filled
    return statistics.median(_seconds(ours) / _seconds(theirs) for _ in range(pairs))


def _seconds(work: Callable[[], bytes]) -> float:
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


# -- the floor: the same strings on a bare canvas, the same two faces, no QR ----------


def _floor(content: Certificate) -> Callable[[], bytes]:
    strings = list(_strings(content))

    def work() -> bytes:
        out = io.BytesIO()
        canvas = Canvas(
            out, pagesize=(595, 842), invariant=1, initialFontName=regular().name
        )
        height = 820.0
        for face, size, string in strings:
            canvas.setFont(face, size)
            canvas.drawString(40, height, string)
            height -= 5
        canvas.showPage()
        canvas.save()
        return out.getvalue()

    return work


def _strings(content: Certificate) -> Iterator[tuple[str, float, str]]:
    """Yield what our page writes, line by line, with its face and size."""
    for text in _drawn(content):
        yield text.weight.name, text.size, text.string


def _drawn(content: Certificate) -> Iterator[Text]:
    pages = certificate.paginated(content, SHEETS["A4"], "0" * 64, preview=False)
    for page in pages:
        for block, _, _ in page.placed:
            yield from block.texts


# -- the peer: the same words in a plain template, system font, no QR -----------------

_CSS: Final = """
@page { size: A4; margin: 16mm 16mm 18mm;
  @bottom-left { content: "NUMBER"; font: 7.5pt "DejaVu Sans" }
  @bottom-right { content: "Page " counter(page) " of " counter(pages);
    font: 7.5pt "DejaVu Sans" } }
body { font: 7.5pt "DejaVu Sans"; margin: 0 }
table { width: 100%; border-collapse: collapse }
td { padding: 1pt 4pt } .results td { border-bottom: .35pt solid #bbb }
h1 { font-size: 15pt; margin: 0 }
.band { background: #0d455c; color: #fff; padding: 5pt 8pt }
"""


def _peer(content: Certificate) -> Callable[[], bytes]:
    fonts = FontConfiguration()
    page = _html(content)

    def work() -> bytes:
        written: bytes = HTML(string=page).write_pdf(font_config=fonts)
        return written

    return work


def _html(content: Certificate) -> str:
    """Return the content as a plain page: what each line says, once, in its place."""
    issuer, manufacturer, lot = content.issuer, content.manufacturer, content.lot
    dates, specification = content.dates, content.specification
    facts = (
        ("Material", content.material.name),
        ("CAS number, formula", f"{content.material.cas}, {content.material.formula}"),
        ("Grade", content.material.grade),
        ("Item code", content.material.item_code),
        ("Manufacturer's lot", lot.number),
        ("Origin", lot.origin),
        ("Batch size", lot.batch_size),
        ("Quantity shipped", lot.shipped),
        ("Packaging", lot.packaging),
        ("Storage", content.storage),
        ("Transport", content.transport),
        ("Customer", content.customer),
        ("Order", content.order),
        (
            "Manufacturer",
            f"{manufacturer.name}, {manufacturer.site},"
            f" {', '.join(manufacturer.address)}",
        ),
        ("Telephone", manufacturer.telephone),
        ("Issuer's role", "Manufacturer of the lot"),
        ("Specification", f"{specification.code} version {specification.version}"),
        ("Compendium", f"{specification.compendium} {specification.edition}"),
        ("Manufactured", dates.manufactured),
        ("Sampled", f"{dates.sampled}, {lot.sample}"),
        ("Received", dates.received),
        ("Tested", f"{dates.tested_from} to {dates.tested_to}"),
        ("Released", dates.released),
        ("Issued", dates.issued),
        ("Retest date", content.shelf.date),
    )
    half = (len(facts) + 1) // 2
    left, right = facts[:half], (*facts[half:], ("", ""))
    results = [_cells("Test", "Method", "Acceptance criterion", "Result", "Verdict")]
    for group in content.groups:
        results.append(f"<tr><td colspan=5><b>{escape(group.heading)}</b></td></tr>")
        results += (
            _cells(
                f"{line.test} {line.basis}",
                line.procedure,
                line.criterion,
                f"{line.result} {line.unit} {line.quantitation}",
                line.verdict,
            )
            for line in group.lines
        )
    notes = (content.rounding, *(each.text for each in content.footnotes))
    statements = "".join(
        f"<p><b>{escape(each.title)}</b> {escape(each.text)}</p>"
        for each in content.statements
    )
    signatures = "".join(
        f"<td><b>{escape(each.name)}</b><br>{escape(each.title)}<br>"
        f"{escape(each.meaning)}<br>{escape(each.at)}</td>"
        for each in content.signatures
    )
    return (
        f"<html lang=en><title>{escape(content.number)}</title>"
        f"<style>{_CSS.replace('NUMBER', content.number)}</style>"
        f"<table><tr><td><b>{escape(issuer.name)}</b><br>"
        f"{escape(', '.join(issuer.address))}<br>{escape(issuer.telephone)}</td>"
        f"<td><h1>{escape(content.title)}</h1>{escape(content.number)}</td></table>"
        f"<div class=band><b>{escape(content.use.headline)}</b><br>"
        f"{escape(content.use.caution)}</div>"
        f"<table>{''.join(map(_pair, left, right))}</table>"
        f"<table class=results>{''.join(results)}</table>"
        f"<p>{'<br>'.join(map(escape, notes))}</p>"
        f"<p><b>{escape(content.conclusion)}</b></p>"
        f"<p>{escape(content.deviations)}</p>{statements}"
        f"<table><tr>{signatures}</table>"
        f"<p>{escape(content.check.text)} {escape(content.check.address)}<br>"
        f"End of certificate</p></html>"
    )


def _pair(left: tuple[str, str], right: tuple[str, str]) -> str:
    return _cells(*left, *right)


def _cells(*words: str) -> str:
    return f"<tr>{''.join(f'<td>{escape(each)}</td>' for each in words)}</tr>"


def main() -> None:
    """Print one line per figure, and fail when a goal is missed."""
    figures = run()
    for each in figures:
        word = "met" if each.is_met else "MISSED"
        print(f"{each.name}: {each.ratio:.3f} (goal {each.goal:.3f}) {word}")
    if not all(each.is_met for each in figures):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
