"""Phase I records, the kind and evidence of a cause, phase II, runs, most retests.

Nothing is made up: what was concluded before has none of these, and a result of before
names no run. Every site may plan as many retests as the program allowed until now.
"""

import django.db.models.deletion
from django.db import migrations, models

from lots.workflow.lot_status_rebuild import mark


class Migration(migrations.Migration):
    dependencies = [
        ("lots", "0017_awaits_confirmation"),
    ]

    operations = [
        migrations.CreateModel(
            name="PhaseOne",
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
                ("checks", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="RunDecision",
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
                ("finding", models.CharField(max_length=12)),
                ("reason", models.CharField(max_length=400, verbose_name="reason")),
            ],
        ),
        migrations.AddField(
            model_name="investigation",
            name="cause_kind",
            field=models.CharField(
                blank=True, max_length=12, verbose_name="kind of the cause"
            ),
        ),
        migrations.AddField(
            model_name="investigation",
            name="evidence",
            field=models.CharField(blank=True, max_length=200, verbose_name="evidence"),
        ),
        migrations.AddField(
            model_name="investigation",
            name="evidence_file",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="lots.document",
            ),
        ),
        migrations.AddField(
            model_name="investigation",
            name="other_lots",
            field=models.CharField(
                blank=True, max_length=600, verbose_name="other lots"
            ),
        ),
        migrations.AddField(
            model_name="investigation",
            name="production",
            field=models.CharField(
                blank=True, max_length=600, verbose_name="production"
            ),
        ),
        migrations.AddField(
            model_name="lotstatus",
            name="investigated_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="lotstatus",
            name="phase_one_hands",
            field=models.CharField(max_length=400, null=True),
        ),
        migrations.AddField(
            model_name="lotstatus",
            name="phase_ones",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="result",
            name="run",
            field=models.CharField(
                blank=True, max_length=40, verbose_name="run or sequence"
            ),
        ),
        migrations.AddField(
            model_name="site",
            name="most_retests",
            field=models.PositiveSmallIntegerField(
                default=9, verbose_name="most retests"
            ),
        ),
        migrations.AlterField(
            model_name="investigation",
            name="cause",
            field=models.CharField(blank=True, max_length=600, verbose_name="cause"),
        ),
        migrations.AddIndex(
            model_name="result",
            index=models.Index(
                condition=models.Q(("run", ""), _negated=True),
                fields=["run", "laboratory"],
                name="result_of_run",
            ),
        ),
        migrations.AddIndex(
            model_name="result",
            index=models.Index(
                fields=["method", "performed_on"], name="result_of_method"
            ),
        ),
        migrations.AddField(
            model_name="phaseone",
            name="result",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="phase_ones",
                to="lots.result",
            ),
        ),
        migrations.AddField(
            model_name="phaseone",
            name="signature",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="lots.signature",
            ),
        ),
        migrations.AddField(
            model_name="rundecision",
            name="investigation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="run_decisions",
                to="lots.investigation",
            ),
        ),
        migrations.AddField(
            model_name="rundecision",
            name="result",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="run_decisions",
                to="lots.result",
            ),
        ),
        migrations.AddConstraint(
            model_name="rundecision",
            constraint=models.UniqueConstraint(
                fields=("investigation", "result"), name="run_decision_once"
            ),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
