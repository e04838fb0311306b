"""Lot search by text, and reading a list in the order of its index.

SQLite searches a trigram table (FTS5), PostgreSQL a trigram index; migrations make
both.
"""

import importlib
import math
import sqlite3
from dataclasses import dataclass
from types import SimpleNamespace

from django.db import connection
from django.db.models import Exists, F, Func, Lookup, OrderBy, TextField
from django.db.models.expressions import Col, NegatedExpression
from django.db.models.fields.related_lookups import RelatedExact
from django.db.models.lookups import Contains, Exact, In

from lots.models import Stage

# Lists count no further: beyond that nobody reads a number, and counting all of
# 100,000 lots would cost more than showing them (architecture.md 6.11).
COUNTED = 10_000
# What a trigram index can find; a shorter text is taken as a whole lot number.
SHORTEST = 3
# To gather a lot costs as much as to pass by so many along an index (measured).
GATHERED = 6
# So many keys are named in a query.
FEW = 500
# Bytes of the file at most that are mapped for a walk.
MAPPED = 1 << 30
# So many lots are looked at to guess whether most hold a text.
SAMPLE = 200
TABLE = "lots_standing_search"
_MIGRATION = "lots.migrations.0003_find_lots_by_text"
_TRIGGERS = tuple(f"{TABLE}_{name}" for name in ("insert_1", "delete_1", "delete_2"))


def has_trigram_table():
    """Say whether this database keeps a trigram table (SQLite 3.34 and later)."""
    return connection.vendor == "sqlite" and sqlite3.sqlite_version_info >= (3, 34)


def made_again():
    """Make the triggers of the trigram table again where a migration lost them.

    Django drops a table that SQLite cannot alter, and its triggers with it; a search
    would then find nothing. Returns the names of those that were missing.
    """
    if not has_trigram_table():
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        there = {name for (name,) in cursor.fetchall()}
        lost = [name for name in _TRIGGERS if name not in there]
        if lost:
            migration = importlib.import_module(
                "lots.migrations.0003_find_lots_by_text"
            )
            editor = SimpleNamespace(connection=connection, execute=cursor.execute)
            migration.drop(None, editor)
            migration.make(None, editor)
    return lost


def map_file():
    """Let SQLite map its file, from the first walk of a connection to its end.

    Rows read here and there cost a call of the system each without it. Who issues a
    thousand certificates walks no list: each page of the file that was ever read would
    count as memory of the process.
    """
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.connection.execute(f"PRAGMA mmap_size={MAPPED}").fetchall()


def found(queryset, text):
    """Return the standings whose `search` holds the text.

    The lots that hold a `common` text are too many to be gathered and sorted, so the
    list walks along its order and keeps those that hold it. A few are named by their
    keys, for to look a text up again would cost as much as the first time.
    """
    if not has_trigram_table():
        return queryset.filter(search__contains=text)
    keys = _holding(text, FEW + 1)
    if len(keys) <= FEW:
        return queryset.filter(pk__in=keys)
    most = _most_gathered(queryset.model)
    sought = Sought(text, hits=_hits(text, most + 1))
    if sought.hits <= most:
        return queryset.filter(search__found=sought)
    if _is_in_most(queryset.model, text):
        # The next rows hold it: to look at them costs less than to list all that do.
        return queryset.filter(search__usual=text)
    return queryset.filter(search__common=sought)


def _most_gathered(model):
    """Return of how many lots it costs less to gather them than to walk to the last.

    Lots are gathered one by one, each at the cost of passing so many by on a walk;
    the walk passes the lots among which as many hold the text as are counted.
    """
    last = model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return max(COUNTED, math.isqrt(COUNTED * last // GATHERED))


def _holding(text, most):
    """Return the keys of the lots that hold the text, of at most so many."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s LIMIT %s",
            [_phrase(text), most],
        )
        return [key for (key,) in cursor.fetchall()]


def _hits(text, most):
    """Return how many lots hold the text, counting no further than so many."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM {TABLE} WHERE {TABLE} MATCH %s"
            " LIMIT %s)",
            [_phrase(text), most],
        )
        return cursor.fetchone()[0]


def _is_in_most(model, text):
    """Guess from the lots logged last; only how fast the answer comes depends on it."""
    last = model.objects.order_by("-pk").values_list("search", flat=True)[:SAMPLE]
    return sum(text in search for search in last) * 5 > SAMPLE * 3


def is_searched(queryset):
    """Say whether a text is searched for, so that to count is to find."""
    return connection.vendor == "sqlite" and _holds(queryset, Found | Contains)


def is_common(queryset):
    """Say whether the text searched for is one whose lots are not gathered."""
    return _holds(queryset, Common | Contains)


def known(queryset):
    """Return how many lots are found, as far as looking the text up has told it.

    None where anything else is asked too. Of a common text it is only known that more
    hold it than are counted.
    """
    leaves = list(_leaves(queryset.query.where))
    match leaves:
        case [Common() | Usual()]:
            return COUNTED + 1
        case [Found() as only]:
            return only.rhs.hits
    return None


def _holds(queryset, lookups):
    """Say whether such a lookup is one of the text; other columns hold words too."""
    return any(
        isinstance(leaf, lookups) and leaf.lhs.target.name == "search"
        for leaf in _leaves(queryset.query.where)
    )


def _leaves(node):
    for child in node.children:
        if hasattr(child, "children"):
            yield from _leaves(child)
        else:
            yield child


def _phrase(text):
    """Return the whole text as one phrase: nothing in it is taken for an operator."""
    return '"' + text.replace('"', '""') + '"'


@dataclass(frozen=True)
class Sought:
    """A text, and how many lots hold it."""

    text: str
    hits: int


class Found(Lookup):
    """`search__found=Sought(…)`: asked of SQLite's trigram table first."""

    lookup_name = "found"
    prepare_rhs = False
    plain = ""

    def as_sql(self, compiler, connection):
        key = connection.ops.quote_name("lot_id")
        alias = compiler.quote_name_unless_alias(self.lhs.alias)
        return (
            f"{self.plain}{alias}.{key} IN"
            f" (SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s)",
            [_phrase(self.rhs.text)],
        )


class Common(Found):
    """`search__common=text`: the same, asked of each row that the list comes to."""

    lookup_name = "common"
    plain = "+"


class Usual(Contains):
    """`search__usual=text`: looked for in each row that the list comes to."""


TextField.register_lookup(Found)
TextField.register_lookup(Common)
TextField.register_lookup(Usual, "usual")


class Plain(Func):
    """The column itself, in a form that SQLite will not answer from an index."""

    template = "+%(expressions)s"
    arity = 1


def narrowed(queryset):
    """Return the queryset, read by the narrowest of its conditions.

    Most lots are released and for one use of one material: where anything else is
    asked too, a text for instance, SQLite is kept from reading all that meet these.
    """
    where = queryset.query.where
    narrow = Exact | RelatedExact | Found
    asked = [
        leaf
        for leaf in where.children
        if isinstance(leaf, narrow) or _is_of_released(leaf)
    ]
    broad = [leaf for leaf in asked if _is_broad(leaf)]
    if connection.vendor != "sqlite" or not broad or len(broad) == len(asked):
        return queryset
    queryset = queryset.all()
    queryset.query.where.children = [
        _plain(child) if child in broad else child for child in where.children
    ]
    return queryset


def _is_broad(lookup):
    if isinstance(lookup, Found) or not isinstance(lookup.lhs, Col):
        return False
    return lookup.lhs.target.name in ("use", "material") or _is_of_released(lookup)


def _is_of_released(lookup):
    """Say whether this asks for the stages that a released lot's status may keep."""
    return (
        isinstance(lookup, In)
        and isinstance(lookup.lhs, Col)
        and lookup.lhs.target.name == "stage"
        and Stage.RELEASED in lookup.rhs
    )


def in_order(queryset, column, *, is_walked):
    """Return the queryset in the order of a column, and then of the key.

    SQLite keeps no statistics here and takes any condition for one that few rows
    meet, so it is told how to read. A long list is walked along the index of its
    order, its conditions kept from theirs; a short one is gathered by the index of
    its condition and then sorted. PostgreSQL knows its numbers and needs no help.
    """
    key = "-pk" if column.startswith("-") else "pk"
    if connection.vendor != "sqlite" or not queryset.query.where:
        return queryset.order_by(column, key)
    if is_walked:
        queryset = queryset.order_by(column, key)
        queryset.query.where = _unindexed(queryset.query.where.clone())
        return queryset
    return narrowed(queryset).order_by(
        *(
            OrderBy(Plain(F(name.lstrip("-"))), descending=name.startswith("-"))
            for name in (column, key)
        )
    )


def _unindexed(node):
    node.children = [
        _unindexed(child) if hasattr(child, "children") else _plain(child)
        for child in node.children
    ]
    return node


def _plain(lookup):
    if isinstance(lookup, Common | Exists | NegatedExpression):
        return lookup
    plain = lookup.copy()
    plain.set_source_expressions(
        [Plain(plain.lhs), *plain.get_source_expressions()[1:]]
    )
    return plain
