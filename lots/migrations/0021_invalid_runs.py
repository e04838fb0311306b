"""Runs that gave no value. Re-measurements for a hypothesis are no results any more."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lots.workflow.lot_status_rebuild import mark


class Migration(migrations.Migration):
    dependencies = [
        ("lots", "0020_samples_and_days"),
    ]

    operations = [
        migrations.AlterField(
            model_name="result",
            name="kind",
            field=models.CharField(
                choices=[
                    ("first", "First result"),
                    ("transcription", "Transcription correction"),
                    ("reprocessing", "Data reprocessing"),
                    ("remeasurement", "Re-measurement"),
                    ("retest", "Retest"),
                    ("resample", "Resample"),
                    ("recalculation", "Recalculation"),
                ],
                default="first",
                max_length=14,
            ),
        ),
        migrations.CreateModel(
            name="InvalidRun",
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
                (
                    "run",
                    models.CharField(max_length=40, verbose_name="run or sequence"),
                ),
                ("why", models.CharField(max_length=12)),
                (
                    "happened",
                    models.CharField(max_length=400, verbose_name="what happened"),
                ),
                (
                    "evidence",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="evidence"
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "evidence_file",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="lots.document",
                    ),
                ),
                (
                    "laboratory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="lots.site",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invalid_runs",
                        to="lots.lot",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["run", "laboratory"], name="run_invalid")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("lot", "laboratory", "run"), name="invalid_run_once"
                    )
                ],
            },
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
