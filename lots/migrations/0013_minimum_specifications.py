"""What a specification is for, and what a test says of the material.

Every specification that is there is for release: whose it is says already which may
release a lot alone. No minimum is made up, no attribute is guessed, and no criterion is
taken for one of a compendium; QA states them.
"""

import importlib

import django.db.models.deletion
from django.db import migrations, models

# SQLite makes the table of the lot status anew, and loses what keeps its search equal.
_SEARCH = importlib.import_module("lots.migrations.0003_find_lots_by_text")


def make_search(apps, schema_editor):
    """Make the triggers and the trigram table of the search again, on SQLite."""
    if schema_editor.connection.vendor == "sqlite":
        _SEARCH.drop(apps, schema_editor)
        _SEARCH.make(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [
        ("lots", "0012_number_floors"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReleaseKept",
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
                ("use", models.CharField(max_length=20)),
                ("reason", models.CharField(max_length=400, verbose_name="reason")),
            ],
        ),
        migrations.AddField(
            model_name="criterion",
            name="is_compendial",
            field=models.BooleanField(default=False, verbose_name="of the compendium"),
        ),
        migrations.AddField(
            model_name="lotstatus",
            name="minimum_failed",
            field=models.CharField(default="", max_length=120),
        ),
        migrations.AddField(
            model_name="lotstatus",
            name="minimum_to_decide",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="specification",
            name="body_weight",
            field=models.CharField(
                blank=True, max_length=20, verbose_name="body weight in kg"
            ),
        ),
        migrations.AddField(
            model_name="specification",
            name="endotoxin_constant",
            field=models.CharField(
                blank=True, max_length=20, verbose_name="K in EU/kg"
            ),
        ),
        migrations.AddField(
            model_name="specification",
            name="endotoxin_dose",
            field=models.CharField(
                blank=True,
                max_length=20,
                verbose_name="largest dose in one hour, in mg",
            ),
        ),
        migrations.AddField(
            model_name="specification",
            name="endotoxin_source",
            field=models.CharField(
                blank=True,
                max_length=200,
                verbose_name="source of K, dose and body weight",
            ),
        ),
        migrations.AddField(
            model_name="specification",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("release", "Release"),
                    ("retest", "Retest"),
                    ("stability", "Stability"),
                    ("minimum", "Minimum specification"),
                ],
                default="release",
                max_length=12,
                verbose_name="purpose",
            ),
        ),
        migrations.AddField(
            model_name="test",
            name="attribute",
            field=models.CharField(
                blank=True,
                choices=[
                    ("appearance", "Appearance"),
                    ("identity", "Identity"),
                    ("assay", "Assay"),
                    ("related", "Related substances"),
                    ("water", "Water"),
                    ("residue", "Residue on ignition"),
                    ("solvents", "Residual solvents"),
                    ("elements", "Elemental impurities"),
                    ("endotoxins", "Bacterial endotoxins"),
                    ("bioburden", "Bioburden"),
                    ("clarity", "Clarity of solution"),
                    ("colour", "Colour of solution"),
                    ("particles", "Foreign particles"),
                    ("other", "Other"),
                ],
                max_length=20,
                verbose_name="quality attribute",
            ),
        ),
        migrations.AlterField(
            model_name="specification",
            name="compendium",
            field=models.CharField(
                blank=True, max_length=120, verbose_name="compendium and edition"
            ),
        ),
        migrations.AddIndex(
            model_name="lotstatus",
            index=models.Index(
                condition=models.Q(("minimum_to_decide__gt", 0)),
                fields=["minimum_to_decide", "stage_at", "lot"],
                name="standing_minimum",
            ),
        ),
        migrations.AddField(
            model_name="releasekept",
            name="lot",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="releases_kept",
                to="lots.lot",
            ),
        ),
        migrations.AddField(
            model_name="releasekept",
            name="minimum",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="releases_kept",
                to="lots.specification",
            ),
        ),
        migrations.AddField(
            model_name="releasekept",
            name="signature",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="lots.signature",
            ),
        ),
        migrations.AddConstraint(
            model_name="releasekept",
            constraint=models.UniqueConstraint(
                fields=("lot", "use", "minimum"), name="release_kept_once"
            ),
        ),
        migrations.RunPython(make_search, make_search, elidable=False),
    ]
