"""The names of the records that audit entries speak of: Water for test 4.

One query looks all of them up, however many entries there are. A record that an entry
created is named by the entry itself, for names can change later.
"""

import json
from dataclasses import dataclass
from functools import cache

from django.db import models
from django.db.models import Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _

from lots.evidence import chained_names
from lots.rules import uses
from lots.wording import RECORDS

# What a record's name is made of, by the trail's name of its table.
_PARTS = {
    "lots_assessment": (
        "specification__code",
        "specification__version",
        "use",
        "test_order__occasion",
    ),
    "lots_attachment": ("title",),
    "lots_columnmap": ("sha256",),
    "lots_consistencyfinding": ("lot__number", "kind", "text"),
    "lots_criterion": ("test__name", "specification__code", "specification__version"),
    "lots_document": ("name",),
    "lots_examination": ("occasion", "ordinal"),
    "lots_importedfile": ("document__name",),
    "lots_invalidrun": ("run",),
    "lots_investigation": ("number",),
    "lots_letterhead": ("version",),
    "lots_lot": ("number",),
    "lots_mark": ("result__test__name", "result__attempt"),
    "lots_material": ("name",),
    "lots_organisation": ("name",),
    "lots_parentage": ("parent__number",),
    "lots_phaseone": ("result__test__name", "result__attempt"),
    "lots_printedidentity": (
        "organisation__name",
        "site__organisation__name",
        "site__name",
        "material__name",
        "statement__title",
        "version",
    ),
    "lots_periodicfailure": ("test__name", "lot__number"),
    "lots_procedure": ("code", "version"),
    "lots_qualification": (
        "site__organisation__name",
        "site__name",
        "material__name",
        "use",
        "process",
    ),
    "lots_releasekept": ("lot__number", "use", "minimum__code", "minimum__version"),
    "lots_result": (
        "test__name",
        "attempt",
        "test__unit",
        "determinations",
        "test_order__occasion",
    ),
    "lots_rundecision": (
        "investigation__number",
        "result__test__name",
        "result__attempt",
    ),
    "lots_sample": ("number",),
    "lots_signature": ("printed_name", "wording"),
    "lots_site": ("organisation__name", "name"),
    "lots_unaffected": (
        "lot__number",
        "held__number",
        "qualification__process",
        "failure__test__name",
    ),
    "lots_specification": ("code", "version", "use"),
    "lots_standin": ("material__name", "made_for", "use_for"),
    "lots_statement": ("title", "version"),
    "lots_test": ("name", "unit"),
    "lots_user": ("printed_name", "username"),
    "reports_certificate": (
        "number",
        "revision",
        "assessment__specification__code",
        "assessment__specification__version",
    ),
    "reports_series": ("code", "year"),
}
_MOST_PARTS = max(map(len, _PARTS.values()))
# A column that holds the name alone, of records whose name can change.
_RENAMED = {
    "lots_material": "name",
    "lots_organisation": "name",
    "lots_test": "name",
    "lots_user": "printed_name",
}


@dataclass(frozen=True)
class Names:
    """Names of records by the trail's name of their table and their key."""

    rows: dict

    def row(self, table, key):
        """Return the parts of the record's name by column; nothing if it is gone."""
        return self.rows.get(table, {}).get(str(key), {})

    def name(self, table, key):
        """Return the record's name; of one that is gone its kind and its key."""
        parts = self.row(table, key)
        if not parts:
            return f"{RECORDS.get(table, table)} {key}".strip()
        return _name(table, parts)

    def of(self, entry):
        """Return the name of the entry's record as it was when the entry was written.

        That of a later day where the entry does not say it.
        """
        table = entry.table
        told = {name: pair[0] for name, pair in entry.changes.items()}
        told |= {n: pair[1] for n, pair in entry.changes.items() if told[n] is None}
        if "id" in entry.changes:
            return _name(table, self._told(table, told))
        parts = dict(self.row(table, entry.record))
        column = _RENAMED.get(table)
        if parts and column in told:
            parts[column] = told[column]
        return _name(table, parts) if parts else self.name(table, entry.record)

    def _told(self, table, told):
        """Return the parts of the name of a record that an entry creates or removes.

        What stands in the record's own columns is taken from there, the names of
        others from those looked up.
        """
        own = _columns(table)
        parts = {}
        for part in _PARTS.get(table, ()):
            first, __, rest = part.partition("__")
            column, other = own.get(first, ("", ""))
            value = told.get(column)
            if rest and value is not None:
                value = self._follow(other, value, rest)
            parts[part] = "" if value is None else value
        return parts

    def _follow(self, table, key, part):
        row = self.row(table, key)
        if part in row:
            return row[part]
        return self.name(table, key)


@cache
def _columns(table):
    """Return column and table pointed at by the names of the model's fields."""
    model = chained_names.recorded_model(table)
    fields = chained_names.fields(model) if model else {}
    return {
        field.name: (
            name,
            chained_names.table(field.related_model) if field.related_model else "",
        )
        for name, field in fields.items()
    }


def names(entries):
    """Return the names of every record that these entries speak of, in one query."""
    keys: dict[str, set[object]] = {}
    for entry in entries:
        if entry.table:
            keys.setdefault(entry.table, set()).add(entry.record)
        if entry.lot_id:
            keys.setdefault("lots_lot", set()).add(entry.lot_id)
        for table, key in _mentioned(entry):
            keys.setdefault(table, set()).add(key)
    found: dict[str, dict[object, dict[str, object]]] = {}
    for table, key, *parts in _parts_of(keys):
        names_of = _PARTS[table]
        row = dict(zip(names_of, parts[: len(names_of)], strict=True))
        found.setdefault(table, {})[key] = row
        if "determinations" in row:
            row["determinations"] = json.loads(row["determinations"])
    return Names(found)


def _mentioned(entry):
    """Yield table and key of each record that the entry's columns point at."""
    model = chained_names.recorded_model(entry.table)
    fields = chained_names.fields(model) if model else {}
    for column, pair in entry.changes.items():
        field = fields.get(column)
        listed = chained_names.listed_table(field) if field else ""
        if isinstance(field, models.ForeignKey):
            table = chained_names.table(field.related_model)
            yield from ((table, key) for key in pair if key not in (None, ""))
        elif listed:
            yield from ((listed, key) for keys in pair for key in keys or ())


def _parts_of(keys):
    """Return table, key and the parts of the name of each record, in one query.

    Whatever kinds of records they are: their parts are put one below the other as
    texts.
    """
    queries = [
        query
        for table, wanted in sorted(keys.items())
        if (query := _query(table, wanted)) is not None
    ]
    return queries[0].union(*queries[1:], all=True) if queries else ()


def _text(value):
    return Value(value, output_field=models.TextField())


def _query(table, wanted):
    named = _named(table)
    keys = {int(key) for key in wanted if str(key).isdecimal()}
    if named is None or not keys:
        return None
    return named.filter(pk__in=keys)


@cache
def _named(table):
    """Return the query for the names of all records of a table, None if it has none."""
    model, parts = chained_names.recorded_model(table), _PARTS.get(table)
    if model is None or parts is None:
        return None
    texts = [
        Coalesce(Cast(part, models.TextField()), _text("")) for part in ("pk", *parts)
    ]
    texts += [_text("")] * (_MOST_PARTS - len(parts))
    columns = {f"part_{place}": text for place, text in enumerate(texts)}
    return (
        model._default_manager.order_by()
        .annotate(part_of=_text(table), **columns)
        .values_list("part_of", *columns)
    )


def _name(table, parts):
    """Return the name made of these parts."""
    values = [str(part) for part in parts.values()]
    match table:
        case "lots_assessment" | "lots_specification" | "lots_procedure":
            return "{} v{}".format(*values)
        case "lots_columnmap":
            return _("column map %(begin)s…") % {"begin": values[0][:16]}
        case "lots_criterion":
            return "{} ({} v{})".format(*values)
        case "lots_examination":
            return str(testing(values[0]))
        case "lots_letterhead":
            return _("version %(version)s") % {"version": values[0]}
        case "lots_consistencyfinding":
            return values[2]
        case "lots_releasekept":
            return _("%(lot)s, %(use)s use") % {
                "lot": values[0],
                "use": use_name(values[1]),
            }
        case "lots_periodicfailure":
            return _("%(test)s of lot %(lot)s") % {"test": values[0], "lot": values[1]}
        case "lots_unaffected":
            lot, *abouts = parts.values()
            return f"{lot} ({next(filter(None, abouts), '')})"
        case "lots_mark" | "lots_phaseone" | "lots_result":
            return _("%(test)s, attempt %(attempt)s") % {
                "test": values[0],
                "attempt": values[1],
            }
        case "lots_rundecision":
            return _("%(number)s: %(test)s, attempt %(attempt)s") % dict(
                zip(("number", "test", "attempt"), values, strict=True)
            )
        case "lots_printedidentity":
            *names, version = values
            return _("%(name)s, version %(version)s") % {
                "name": ", ".join(filter(None, names)),
                "version": version,
            }
        case "lots_qualification":
            organisation, site, material, use, process = values
            return _("%(site)s for %(material)s, %(use)s use (%(process)s)") % {
                "site": f"{organisation}, {site}",
                "material": material,
                "use": use_name(use),
                "process": process,
            }
        case "lots_signature":
            return "{}: {}".format(*values)
        case "lots_site":
            return "{}, {}".format(*values)
        case "lots_standin":
            material, made_for, use_for = values
            return _("%(material)s made for %(made_for)s use, for %(use)s use") % {
                "material": material,
                "made_for": use_name(made_for),
                "use": use_name(use_for),
            }
        case "lots_statement":
            return _("%(title)s (version %(version)s)") % {
                "title": values[0],
                "version": values[1],
            }
        case "lots_user":
            return "{} ({})".format(*values)
        case "reports_certificate":
            if values[1] in ("", "0"):
                return values[0]
            return _("%(number)s revision %(revision)s") % {
                "number": values[0],
                "revision": values[1],
            }
        case "reports_series":
            return "{}-{}".format(*values)
    return values[0] if values else ""


def use_name(code):
    """Return the use as a sentence names it; the code itself of one not known."""
    use = uses.USES.get(code)
    return _(use.said) if use else str(code)


def testing(occasion):
    """Return what the lot is tested for, as a sentence names it."""
    match occasion:
        case "release":
            return _("release testing")
        case "retest":
            return _("testing at the retest date")
        case "cross_check":
            return _("the cross-check of the manufacturer's certificate")
        case "stability":
            return _("a stability point")
    return str(occasion)
