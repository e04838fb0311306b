"""Text search in the list of lots: trigrams, of the kind that each database has.

PostgreSQL: an index with pg_trgm, where the extension may be had; without it the
search still answers, row by row. SQLite: an FTS5 table that triggers keep equal to
`lots_standing.search`; before 3.34 there are no trigrams and the search reads rows.
A later migration that makes Django rebuild `lots_standing` on SQLite loses the
triggers and has to make them again.
"""

import sqlite3

from django.db import migrations

AFTER = {
    "insert": "INSERT INTO lots_standing_search(rowid, search)"
    " VALUES (new.lot_id, new.search);",
    "delete": "INSERT INTO lots_standing_search(lots_standing_search, rowid, search)"
    " VALUES ('delete', old.lot_id, old.search);",
}


def make(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    if vendor == "postgresql":
        # A block of its own: whoever may not create the extension goes on without.
        schema_editor.execute(
            "DO $$ BEGIN"
            " CREATE EXTENSION IF NOT EXISTS pg_trgm;"
            " CREATE INDEX lots_standing_search ON lots_standing"
            " USING gin (search gin_trgm_ops);"
            " EXCEPTION WHEN insufficient_privilege OR undefined_file"
            " OR feature_not_supported THEN"
            " RAISE NOTICE 'pg_trgm is not available: text search reads rows.';"
            " END $$"
        )
    elif sqlite3.sqlite_version_info >= (3, 34):
        schema_editor.execute(
            "CREATE VIRTUAL TABLE lots_standing_search USING fts5(search,"
            " content='lots_standing', content_rowid='lot_id', tokenize='trigram')"
        )
        schema_editor.execute(
            "INSERT INTO lots_standing_search(lots_standing_search) VALUES ('rebuild')"
        )
        for event, deeds in (
            ("INSERT", ("insert",)),
            ("DELETE", ("delete",)),
            ("UPDATE OF search", ("delete", "insert")),
        ):
            changed = " WHEN old.search <> new.search" if len(deeds) == 2 else ""
            schema_editor.execute(
                f"CREATE TRIGGER lots_standing_search_{deeds[0]}_{len(deeds)}"
                f" AFTER {event} ON lots_standing{changed}"
                f" BEGIN {' '.join(AFTER[deed] for deed in deeds)} END"
            )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS lots_standing_search")
        return
    for name in ("insert_1", "delete_1", "delete_2"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS lots_standing_search_{name}")
    schema_editor.execute("DROP TABLE IF EXISTS lots_standing_search")


class Migration(migrations.Migration):
    dependencies = [("lots", "0002_append_only")]
    operations = [migrations.RunPython(make, drop, elidable=False)]
