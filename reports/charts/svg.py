"""SVG: a picture as markup with classes alone, no style and no script (CSP).

What varies is an attribute. The picture has a title and a description for who does not
see it (WCAG 1.1.1); where it is a file of its own it brings its colours along.
"""

from collections.abc import Iterable

from django.utils.html import format_html

from reports.charts.picture import Area, Line, Link, Mark, Picture, Place, Shape, Text

# The light colours of the style sheet, for a picture that is opened by itself.
_FILE_STYLE = """\
text{font:11px Plex,Source Sans 3,sans-serif;fill:#48545f}
.x-strong,.x-spec{fill:#14202a;font-weight:600}.x-faint{fill:#616d78}
.x-grid{stroke:#e6eaed}.x-axis{stroke:#d3dade}
.x-spec-line{stroke:#14202a;stroke-width:1.5}
.x-alert-line{stroke:#7a4b00;stroke-dasharray:2 2}
.x-cl{stroke:#7d8a95;stroke-dasharray:5 3}.x-centre{stroke:#7d8a95}
.x-phase{stroke:#616d78;stroke-dasharray:1 3}
.x-zone{fill:#e1ebef;fill-opacity:.6}.x-out{fill:#fde8e8}
.x-line-quiet{stroke:#8fa6b2;fill:none}.x-curve{stroke:#0d5573;stroke-width:1.5;fill:none}
.x-bar{fill:#8fb6c6}.x-dot{fill:#234c5f}.x-dot-now{fill:#0d5573}
.x-open{fill:#fff;stroke:#5e7886;stroke-width:1.25}
.x-oot{fill:#5b2a86}.x-oos{fill:#a4161a}
.x-step{stroke:#0d5573;stroke-width:1.75;fill:none}.x-whisk{stroke:#9aa8b2}
.x-limit{stroke:#14202a;stroke-width:1.5}.x-bar-now{fill:#0d5573}
.x-dot-soft{fill:#234c5f;fill-opacity:.38}.x-on{fill:#fff;font-weight:600}
.x-heat0{fill:#e6eaed}.x-age1{fill:#cfe0e7}.x-age2{fill:#8fb8c9}
.x-age3{fill:#3a7891}.x-age4{fill:#0b3a4f}"""


def drawn(picture: Picture, *, name: str) -> str:
    """Return the picture as an element of a page; `name` begins its identifiers.

    Every text is escaped where it is put in, so the element is safe as it is.
    """
    named = f" {name}-d" if picture.description else ""
    # What is in an image cannot be reached; a link must be.
    role = "group" if any(picture.of(Link)) else "img"
    head = (
        f'<svg class="pic" viewBox="{_box(picture)}" role="{role}"'
        f' aria-labelledby="{name}-t{named}">'
    )
    return _put_together(picture, name, head)


def small(picture: Picture) -> str:
    """Return the picture in its own size, for beside the number that it repeats."""
    head = (
        f'<svg class="{{}}" width="{number(picture.width)}"'
        f' height="{number(picture.height)}" viewBox="{_box(picture)}"'
        ' aria-hidden="true">'
    )
    texts = ["picture-fixed"]
    parts = [head, *(_mark(mark, texts) for mark in picture.drawn), "</svg>"]
    return format_html("".join(parts), *texts)


def file(picture: Picture) -> str:
    """Return the picture as a file that looks the same wherever it is opened."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(picture.width)}"'
        f' height="{number(picture.height)}" viewBox="{_box(picture)}" role="img"'
        ' aria-labelledby="chart-t">'
    )
    ground = '<style>{}</style><rect width="100%" height="100%" fill="#fff"/>'
    return _put_together(picture, "chart", head, ground, _FILE_STYLE)


def number(value: float) -> str:
    """Return a length as attributes print it: to a hundredth of a point."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _put_together(
    picture: Picture, name: str, head: str, ground: str = "", *of_ground: str
) -> str:
    """Return the element: what the program writes, with each text put in escaped.

    At once, for a picture has hundreds of marks.
    """
    parts, texts = [head, f'<title id="{name}-t">{{}}</title>'], [picture.title]
    if picture.description:
        parts.append(f'<desc id="{name}-d">{{}}</desc>')
        texts.append(picture.description)
    parts.append(ground)
    texts += of_ground
    for mark in picture.marks:
        parts.append(_mark(mark, texts))
    parts.append("</svg>")
    return format_html("".join(parts), *texts)


def _box(picture: Picture) -> str:
    return f"0 0 {number(picture.width)} {number(picture.height)}"


def _mark(mark: Mark, texts: list[str]) -> str:
    """Return the element of a mark with {} for its text, which is added to `texts`."""
    if isinstance(mark, Link):
        texts += (mark.url, mark.name)
        within = "".join([_mark(one, texts) for one in mark.marks])
        return f'<a href="{{}}" aria-label="{{}}">{within}</a>'
    if isinstance(mark, Line):
        return f'<path class="x-{mark.look} x-stroke" d="{_path(mark.places)}"/>'
    if isinstance(mark, Text):
        texts.append(mark.text)
        return (
            f'<text class="x-{mark.look} x-halo" x="{number(mark.x)}"'
            f' y="{number(mark.y)}" text-anchor="{mark.anchor}">{{}}</text>'
        )
    named = ""
    if mark.name:
        texts.append(mark.name)
        named = "<title>{}</title>"
    if isinstance(mark, Area):
        return (
            f'<rect class="x-{mark.look}" x="{number(mark.x)}" y="{number(mark.y)}"'
            f' width="{number(mark.width)}" height="{number(max(mark.height, 0))}">'
            f"{named}</rect>"
        )
    if mark.shape is Shape.CIRCLE:
        found = (
            f'<circle class="x-{mark.look}" cx="{number(mark.x)}"'
            f' cy="{number(mark.y)}" r="{number(mark.size)}">{named}</circle>'
        )
    else:
        found = f'<path class="x-{mark.look}" d="{_path(mark.corners)}Z">{named}</path>'
    if mark.is_struck:
        found += f'<path class="x-line-quiet x-stroke" d="{_path(mark.stroke)}"/>'
    return found


def _path(places: Iterable[Place]) -> str:
    return "M" + "L".join([f"{number(x)} {number(y)}" for x, y in places])
