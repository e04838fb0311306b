"""Messages: the sentences in the code that no call of gettext marks.

A refusal is English where it is raised and translated where a page shows it
(rules/refusal.py), so `manage.py makemessages` has to find its sentence without a mark.
Found are the sentence of every class that is made of Refusal, and whatever is called
`sentence`: a parameter, an argument, a variable. Both are read from the code, so a
further class or function needs no entry anywhere.
"""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("lots", "reports")
_ABOVE = "super().__init__"
BASE, SENTENCE = "Refusal", "sentence"
# A word of the program among the values of a refusal, and what stands between several.
WORD, BETWEEN = "Word", "between"


class Sentence(NamedTuple):
    """A sentence, or a word of one: the line that it stands on, and the text.

    `text` is None where the sentence is put together by an expression, so that nobody
    could translate it.
    """

    line: int
    text: str | None


@functools.cache
def refusals() -> frozenset[str]:
    """Return the names of Refusal and of every class that is made of it."""
    bases: dict[str, set[str]] = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    bases[node.name] = {
                        *bases.get(node.name, ()),
                        *map(_name, node.bases),
                    }
    found = {BASE}
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return frozenset(found)


def of_python(source: str) -> list[Sentence]:
    """Return every sentence of a module that no call of gettext marks, by line."""
    tree = ast.parse(source)
    module = _Module(tree)
    found = {
        sentence
        for node in ast.walk(tree)
        for expression in module.sentences(node)
        for sentence in module.texts(expression)
    }
    return sorted(found, key=lambda each: (each.line, each.text or ""))


class _Module:
    """A module's own functions that take a sentence, and its constants."""

    def __init__(self, tree: ast.Module) -> None:
        # Where a call of Refusal, or of such a function, has its sentence.
        self.places = dict.fromkeys(refusals(), 1)
        self.constants: dict[str, ast.expr] = {}
        # Calls by which a refusal gives its own sentence to the class above.
        self.own = {
            call
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) and node.name in refusals()
            for call in ast.walk(node)
            if isinstance(call, ast.Call) and ast.unparse(call.func) == _ABOVE
        }
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                named = [each.arg for each in node.args.args]
                if SENTENCE in named:
                    self.places[node.name] = named.index(SENTENCE)
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
                for target in _targets(node):
                    self.constants[_name(target)] = node.value

    def sentences(self, node: ast.AST) -> Iterator[ast.expr]:
        """Yield what of a node is a sentence."""
        if isinstance(node, ast.Call):
            yield from (
                each.value for each in node.keywords if each.arg in (SENTENCE, BETWEEN)
            )
            place = 1 if node in self.own else self.places.get(_name(node.func))
            if place is not None and len(node.args) > place:
                yield node.args[place]
            if _name(node.func) == WORD:
                yield from (one for each in node.args for one in _written(each))
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            for target in _targets(node):
                if _name(target) == SENTENCE:
                    yield node.value
                elif isinstance(target, ast.Tuple) and isinstance(
                    node.value, ast.Tuple
                ):
                    yield from (
                        value
                        for one, value in zip(target.elts, node.value.elts, strict=True)
                        if _name(one) == SENTENCE
                    )

    def texts(self, node: ast.expr) -> Iterator[Sentence]:
        """Yield the texts that an expression can be."""
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str) and node.value.strip():
                yield Sentence(node.lineno, node.value)
        elif isinstance(node, ast.IfExp):
            yield from self.texts(node.body)
            yield from self.texts(node.orelse)
        elif isinstance(node, ast.Subscript):
            yield from self.texts(node.value)
        elif isinstance(node, ast.Dict):
            for value in node.values:
                yield from self.texts(value)
        elif _name(node) in self.constants:
            yield from self.texts(self.constants[_name(node)])
        elif _name(node) != SENTENCE and not _is_marked(node):
            yield Sentence(node.lineno, None)


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _written(node: ast.expr) -> list[ast.expr]:
    """Return what of a word stands there; others are marked where they are."""
    if isinstance(node, ast.IfExp):
        return [*_written(node.body), *_written(node.orelse)]
    return [node] if isinstance(node, ast.Constant) else []


def _is_marked(node: ast.expr) -> bool:
    """Say whether a call of gettext marks the text, so that makemessages finds it."""
    return isinstance(node, ast.Call) and _name(node.func) in (
        "_",
        "gettext",
        "gettext_lazy",
        "gettext_noop",
    )


def _name(node: ast.expr) -> str:
    return str(getattr(node, "id", getattr(node, "attr", "")))
