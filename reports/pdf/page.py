"""Pages: blocks that know their height, and the pages they are put on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from lots.rules.refusal import Refusal
from reports.pdf.fonts import Weight

Colour = tuple[float, float, float]

# A closing block that would leave more room than this above it stays where it is.
_NEAR_THE_FOOT: Final = 140.0


class Text(NamedTuple):
    """One line of text; `down` is its base line below the top of its block."""

    x: float
    down: float
    weight: Weight
    size: float
    colour: Colour
    string: str


class Shape(NamedTuple):
    """PDF operators with their origin at (x, down), the y axis pointing up."""

    x: float
    down: float
    operators: str


@dataclass(frozen=True, kw_only=True)
class Block:
    """Something with a height that stays on one page.

    `glued` keeps it with the next block, `repeated` are the blocks that it wants above
    it when it opens a page, `elastic` lets it take a share of the spare room, `ruled`
    draws a hairline at its lower edge, `sinks` puts it at the foot of its page when
    that is near.
    """

    height: float
    texts: tuple[Text, ...] = ()
    shapes: tuple[Shape, ...] = ()
    glued: bool = False
    repeated: tuple["Block", ...] = ()
    elastic: bool = False
    ruled: bool = False
    sinks: bool = False


class Placed(NamedTuple):
    """A block on a page; `air` is the room above and below it, together."""

    block: Block
    top: float
    air: float


@dataclass(kw_only=True)
class Page:
    """Blocks from the top down, `free` points left under them.

    `repeated` counts the headings that it opens with and that were there before.
    """

    top: float
    free: float
    repeated: int = 0
    placed: list[Placed] = field(default_factory=list)

    def put(self, block: Block, *, air: float) -> None:
        """Place the block under what is there, or at the foot if it sinks so far."""
        if block.sinks and self.free - block.height < _NEAR_THE_FOOT:
            self.top -= self.free - block.height
            self.free = block.height
        needed = block.height + air
        self.placed.append(Placed(block, self.top, air))
        self.top -= needed
        self.free -= needed


def gap(height: float) -> Block:
    """Return empty room, kept with what follows it."""
    return Block(height=height, glued=True)


def stacked(blocks: Iterable[Block]) -> Block:
    """Return the blocks as one, that is never broken over two pages."""
    down = 0.0
    texts: list[Text] = []
    shapes: list[Shape] = []
    for block in blocks:
        texts += (each._replace(down=each.down + down) for each in block.texts)
        shapes += (each._replace(down=each.down + down) for each in block.shapes)
        down += block.height
    return Block(height=down, texts=tuple(texts), shapes=tuple(shapes))


def beside(*blocks: Block) -> Block:
    """Return blocks that begin at the same height as one; each has its own x."""
    return Block(
        height=max(block.height for block in blocks),
        texts=tuple(text for block in blocks for text in block.texts),
        shapes=tuple(shape for block in blocks for shape in block.shapes),
    )


def paginate(
    blocks: Sequence[Block],
    *,
    top: float,
    first: float,
    following: float,
    airs: Sequence[float],
) -> list[Page]:
    """Put the blocks on as few pages as they need, as airily as those allow.

    `top` is the upper edge of the text area and `first` its height on the first page,
    `following` on the others (below the running head). `airs` are the choices of room
    for an elastic block, the widest first: the widest one is taken that needs no more
    pages, and repeats no more headings, than any other.
    """
    choices = [_fill(blocks, top, first, following, air) for air in airs]
    return min(
        choices,
        key=lambda pages: (len(pages), sum(page.repeated for page in pages)),
    )


def _fill(
    blocks: Sequence[Block], top: float, first: float, following: float, air: float
) -> list[Page]:
    pages = [Page(top=top, free=first)]
    for chain in _chains(blocks):
        height = sum(block.height + _share(block, air) for block in chain)
        opening = sum(block.height for block in chain[0].repeated)
        # What is too high for any page is not kept together but begins where it is.
        if pages[-1].free < height and opening + height <= following:
            pages.append(Page(top=top - (first - following), free=following))
        for block in chain:
            if pages[-1].free < block.height + _share(block, air):
                pages.append(Page(top=top - (first - following), free=following))
            if len(pages) > 1 and not pages[-1].placed:
                if not block.texts and not block.shapes:
                    continue  # a gap has no meaning at the top of a page
                for heading in block.repeated:
                    pages[-1].put(heading, air=0)
                    pages[-1].repeated += 1
            if pages[-1].free < block.height + _share(block, air):
                raise Refusal(
                    "certificate_too_long",
                    "“%(text)s…” is too long for one page of the certificate; "
                    "shorten it.",
                    text=block.texts[0].string if block.texts else "",
                )
            pages[-1].put(block, air=_share(block, air))
    return pages


def _chains(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Yield the blocks in runs that have to stay on one page."""
    chain: list[Block] = []
    for block in blocks:
        chain.append(block)
        if not block.glued:
            yield chain
            chain = []
    if chain:
        yield chain


def _share(block: Block, air: float) -> float:
    return air if block.elastic else 0.0
