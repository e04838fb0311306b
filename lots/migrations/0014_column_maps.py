"""Column maps that a second person approves, and what an import left out of a lot's row.

No map is approved by it, and of lots imported before nothing is known: null.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lots", "0013_minimum_specifications")]

    operations = [
        migrations.AddField(
            model_name="lot",
            name="left_out",
            field=models.JSONField(null=True, verbose_name="not imported"),
        ),
        migrations.CreateModel(
            name="ColumnMap",
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
                ("text", models.TextField()),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("proposed_at", models.DateTimeField()),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "signature",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="lots.signature",
                    ),
                ),
            ],
        ),
    ]
