"""Three more indexes are dropped, and two hold only the results that have a value.

No query begins with the signature of a mark or the sample of a result; another index
begins with the material of a lot. Few results replace another one
or belong to an investigation: the others need not stand in those indexes. As in 0035,
the tables are not made anew.
"""

import django.db.models.deletion
from django.db import migrations, models

UNUSED = {
    "lots_lot": ["material_id"],
    "lots_mark": ["signature_id"],
    "lots_result": ["investigation_id", "replaces_id", "sample_id"],
}


def drop(apps, schema_editor):
    """Drop the index of each of these columns alone, whatever its name is."""
    connection = schema_editor.connection
    for table, columns in UNUSED.items():
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, table)
        for name, one in found.items():
            is_alone = one["index"] and not one["unique"] and len(one["columns"]) == 1
            if is_alone and one["columns"][0] in columns:
                schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")


def altered(model, name, to, **kwargs):
    return migrations.AlterField(
        model_name=model,
        name=name,
        field=models.ForeignKey(
            db_index=False,
            on_delete=django.db.models.deletion.PROTECT,
            to=to,
            **kwargs,
        ),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("lots", "0039_last_lots_of_a_process"),
    ]

    operations = [
        migrations.RunPython(drop, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                altered("lot", "material", "lots.material", related_name="lots"),
                altered(
                    "mark", "signature", "lots.signature", null=True, related_name="+"
                ),
                altered(
                    "result",
                    "investigation",
                    "lots.investigation",
                    null=True,
                    related_name="retests",
                ),
                altered(
                    "result",
                    "replaces",
                    "lots.result",
                    null=True,
                    related_name="replaced_by",
                ),
                altered("result", "sample", "lots.sample", null=True, related_name="+"),
            ],
        ),
        migrations.AddIndex(
            model_name="result",
            index=models.Index(
                condition=models.Q(("replaces__isnull", False)),
                fields=["replaces"],
                name="result_in_place_of",
            ),
        ),
        migrations.AddIndex(
            model_name="result",
            index=models.Index(
                condition=models.Q(("investigation__isnull", False)),
                fields=["investigation"],
                name="result_of_investigation",
            ),
        ),
    ]
