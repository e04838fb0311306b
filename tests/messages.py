"""Every text of the interface, whole: what pages, forms, files and refusals say.

A message is read where it is written, in templates, Python and scripts, and not from a
page: a page shows only the messages of one situation.
"""

import ast
import functools
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from django.template.base import Lexer, TokenType

ROOT = Path(__file__).parent.parent
# Functions whose texts are translated, so a reader sees them.
TRANSLATED = {
    "_",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "Word",
}
# Arguments of fields, columns and steps that are shown as they are.
LABELS = {
    "label",
    "help_text",
    "verbose_name",
    "verbose_name_plural",
    "empty_label",
    "empty_text",
    "caption",
}
# Attributes of HTML that are shown or read aloud.
SHOWN = re.compile(r"title|aria-label|placeholder|alt|data-[\w-]+")
QUOTED = re.compile(r"""_?\(?(["'])(?P<text>(?:\\.|(?!\1).)*)\1""")


class Message(NamedTuple):
    """One text: the file, from the root of the project, the line, and the text."""

    path: str
    line: int
    text: str


def interface():
    """Return every message of templates, of Python and of scripts."""
    return [
        message
        for folder, suffix, read in (
            ("templates", "html", of_template),
            ("lots", "py", of_python),
            ("reports", "py", of_python),
            ("qatracker/static", "js", of_script),
        )
        for path in sorted((ROOT / folder).rglob(f"*.{suffix}"))
        if "migrations" not in path.parts
        for message in read(path)
    ]


def of_template(path):
    """Return the messages of a template: translated ones, and text between tags.

    A variable inside a message reads "{}", white space is made one.
    """
    return [
        Message(_named(path), line, text)
        for line, text in _template_texts(path.read_text(encoding="utf-8"))
        if re.search(r"[^\W\d_]", text.replace("{}", ""))
    ]


def _template_texts(source):
    page, block = [], None
    for token in Lexer(source).tokenize():
        kind, contents = token.token_type, token.contents
        if block is not None:
            if kind == TokenType.BLOCK and contents.split()[0] == "plural":
                yield block[0], _one_line("".join(block[1:]))
                block = [token.lineno]
            elif kind == TokenType.BLOCK and contents.startswith("endblocktrans"):
                yield block[0], _one_line("".join(block[1:]))
                block = None
            else:
                block.append("{}" if kind == TokenType.VAR else contents)
            continue
        if kind == TokenType.TEXT:
            page.append(contents)
        elif kind == TokenType.BLOCK:
            page.append("{}")
            if contents.startswith("blocktrans"):
                block = [token.lineno]
            elif contents.startswith("trans"):
                quoted = QUOTED.match(contents.split(maxsplit=1)[1])
                if quoted:
                    yield token.lineno, _one_line(quoted["text"])
            else:
                for text in re.findall(r"""_\(["'](.*?)["']\)""", contents):
                    yield token.lineno, _one_line(text)
        elif kind == TokenType.VAR:
            page.append("{}")
    reader = _Bare()
    reader.feed("".join(page))
    yield from reader.texts


class _Bare(HTMLParser):
    """Collects the text between tags, and of attributes that are shown."""

    def __init__(self):
        super().__init__()
        self.texts = []
        self.inside = ""

    def handle_starttag(self, tag, attrs):
        self.inside = tag
        self.texts += [
            (self.getpos()[0], _one_line(value))
            for name, value in attrs
            if value and SHOWN.fullmatch(name) and " " in value.strip()
        ]

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside not in ("script", "style"):
            self.texts.append((self.getpos()[0], _one_line(data)))


def of_python(path):
    """Return the messages of a module: translated texts, labels and refusals."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        texts = [one.value for one in node.keywords if one.arg in LABELS]
        if name in TRANSLATED:
            texts += node.args
        elif name in _refusals():
            texts += node.args[1:]
        elif name in ("Step", "CommandError"):
            texts += [*node.args, *(one.value for one in node.keywords)]
        texts += [
            one.value for one in node.keywords if one.arg in ("sentence", "subject")
        ]
        for text in texts:
            for one in _constants(text):
                found[one.lineno, one.col_offset] = one.value
    return [
        Message(_named(path), line, _one_line(text))
        for (line, _column), text in sorted(found.items())
        if text
    ]


def _constants(node):
    """Yield the texts of an expression; not those of the calls in it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node
    elif not isinstance(node, ast.Call):
        for child in ast.iter_child_nodes(node):
            yield from _constants(child)


def of_script(path):
    """Return the literals of a script that read as text: a capital, then small ones."""
    return [
        Message(_named(path), number, found[2])
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for found in re.finditer(r"""(["'`])((?:\\.|(?!\1).)*)\1""", line)
        if re.match(r"[A-Z][a-z]+", found[2]) and not line.strip().startswith("//")
    ]


def of_document(path):
    """Return the paragraphs of a document, each with its line."""
    found, line = [], 1
    for part in path.read_text(encoding="utf-8").split("\n\n"):
        found.append(Message(_named(path), line, _one_line(part)))
        line += part.count("\n") + 2
    return found


@functools.cache
def _refusals():
    """Return the names of Refusal and of every class that is made of it."""
    classes = [
        (node.name, {getattr(base, "id", "") for base in node.bases})
        for folder in ("lots", "reports")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    names, more = set(), {"Refusal"}
    while more:
        names |= more
        more = {name for name, bases in classes if bases & names} - names
    return names


def _named(path):
    return path.relative_to(ROOT).as_posix()


def _one_line(text):
    return " ".join(text.split())
