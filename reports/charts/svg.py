"""SVG: a picture as markup with classes alone, no style and no script (CSP).

What varies is an attribute. The picture has a title and a description for who does not
see it (WCAG 1.1.1); where it is a file of its own it brings its colours along.
"""

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join

from reports.charts.picture import Area, Line, Mark, Picture, Place, Point, Shape, Text

_PATH = '<path class="{}" d="{}">{}</path>'
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
.x-oot{fill:#5b2a86}.x-oos{fill:#a4161a}"""


def drawn(picture: Picture, *, name: str) -> str:
    """Return the picture as an element of a page; `name` begins its identifiers.

    Every text and number is escaped where it is put in, so the element is safe as it
    is.
    """
    return format_html(
        '<svg class="pic" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t{}">'
        "{}{}</svg>",
        number(picture.width),
        number(picture.height),
        name,
        f" {name}-d" if picture.description else "",
        _said(picture, name),
        format_html_join("", "{}", ((_mark(mark),) for mark in picture.marks)),
    )


def file(picture: Picture) -> str:
    """Return the picture as a file that looks the same wherever it is opened."""
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}"'
        ' viewBox="0 0 {0} {1}" role="img" aria-labelledby="chart-t">'
        '{2}<style>{3}</style><rect width="100%" height="100%" fill="#fff"/>{4}</svg>',
        number(picture.width),
        number(picture.height),
        _said(picture, "chart"),
        _FILE_STYLE,
        format_html_join("", "{}", ((_mark(mark),) for mark in picture.marks)),
    )


def number(value: float) -> str:
    """Return a length as attributes print it: to a hundredth of a point."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _said(picture: Picture, name: str) -> str:
    title = format_html('<title id="{}-t">{}</title>', name, picture.title)
    if not picture.description:
        return title
    return title + format_html('<desc id="{}-d">{}</desc>', name, picture.description)


def _mark(mark: Mark) -> str:
    if isinstance(mark, Line):
        return format_html(_PATH, f"x-{mark.look} x-stroke", _path(mark.places), "")
    if isinstance(mark, Area):
        return format_html(
            '<rect class="x-{}" x="{}" y="{}" width="{}" height="{}">{}</rect>',
            mark.look,
            number(mark.x),
            number(mark.y),
            number(mark.width),
            number(max(mark.height, 0)),
            _name(mark.name),
        )
    if isinstance(mark, Text):
        return format_html(
            '<text class="x-{} x-halo" x="{}" y="{}" text-anchor="{}">{}</text>',
            mark.look,
            number(mark.x),
            number(mark.y),
            mark.anchor,
            mark.text,
        )
    return _point(mark)


def _point(mark: Point) -> str:
    if mark.shape is Shape.CIRCLE:
        found = format_html(
            '<circle class="x-{}" cx="{}" cy="{}" r="{}">{}</circle>',
            mark.look,
            number(mark.x),
            number(mark.y),
            number(mark.size),
            _name(mark.name),
        )
    else:
        corners = f"{_path(mark.corners)}Z"
        found = format_html(_PATH, f"x-{mark.look}", corners, _name(mark.name))
    if mark.is_struck:
        return found + format_html(
            _PATH, "x-line-quiet x-stroke", _path(mark.stroke), ""
        )
    return found


def _name(name: str) -> str:
    return format_html("<title>{}</title>", name) if name else ""


def _path(places: Iterable[Place]) -> str:
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in places)
