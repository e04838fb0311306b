"""The highest numbers that a replaced database gave, after a restore."""

from django.db import migrations, models

import lots.models.fields


class Migration(migrations.Migration):
    dependencies = [("lots", "0011_clock_accepted")]
    operations = [
        migrations.CreateModel(
            "NumberFloor",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "series",
                    lots.models.fields.PlainCharField(max_length=20, unique=True),
                ),
                ("last", models.PositiveIntegerField()),
            ],
        ),
    ]
