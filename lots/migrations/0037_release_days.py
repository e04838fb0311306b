"""Days on which a complete lot can be released, kept beside its status."""

import django.db.models.deletion
from django.db import migrations, models


def mark(apps, schema_editor):
    """Mark the lots that are to be released for their rebuild, which has the days."""
    statuses = apps.get_model("lots", "LotStatus").objects
    statuses.filter(stage="to_release").update(is_stale=True)


class Migration(migrations.Migration):
    dependencies = [("lots", "0036_preferences")]
    operations = [
        migrations.CreateModel(
            name="ReleaseDays",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("first_on", models.DateField(null=True)),
                ("last_on", models.DateField()),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="release_days",
                        to="lots.lot",
                    ),
                ),
            ],
            options={
                "db_table": "lots_releasedays",
                "ordering": ("lot", "last_on"),
            },
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
