"""Failures of periodic tests, and what QA signed of lots released without one.

Of tests that failed before, nothing is said: QA decided about them then.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("lots", "0021_invalid_runs"),
    ]

    operations = [
        migrations.CreateModel(
            name="PeriodicFailure",
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
                ("failed_at", models.DateTimeField()),
                (
                    "reason",
                    models.CharField(blank=True, max_length=400, verbose_name="reason"),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="periodic_failures",
                        to="lots.lot",
                    ),
                ),
                (
                    "passed",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="lots.lot",
                    ),
                ),
                (
                    "result",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="periodic_failure",
                        to="lots.result",
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
                (
                    "test",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="lots.test",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="unaffected",
            name="failure",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="found_unaffected",
                to="lots.periodicfailure",
            ),
        ),
        migrations.AddConstraint(
            model_name="unaffected",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_over", False)),
                fields=("lot", "failure"),
                name="unaffected_once_by_a_failure",
            ),
        ),
    ]
