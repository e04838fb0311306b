"""What puts a lot in question from outside it, and what QA signed of that.

A qualification says how long a lot may be used after a retest: thirty days where
nobody approved another span (ICH Q1A). Of one that is suspended already nobody said
since when lots are in question, so none is. Every lot status is worked out again.
"""

import django.db.models.deletion
from django.db import migrations, models

from lots.workflow.lot_status_rebuild import mark


class Migration(migrations.Migration):
    dependencies = [
        ("lots", "0015_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="Unaffected",
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
                ("reason", models.CharField(max_length=400, verbose_name="reason")),
                ("is_over", models.BooleanField(default=False)),
            ],
        ),
        migrations.AddField(
            model_name="lotstatus",
            name="failing_uses",
            field=models.CharField(max_length=120, null=True),
        ),
        migrations.AddField(
            model_name="qualification",
            name="cause_since",
            field=models.DateField(null=True, verbose_name="lots in question since"),
        ),
        migrations.AddField(
            model_name="qualification",
            name="caused_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="qualification",
            name="date_kind",
            field=models.CharField(
                choices=[("retest", "Retest date"), ("expiry", "Expiry date")],
                default="retest",
                max_length=10,
                verbose_name="kind of date",
            ),
        ),
        migrations.AddField(
            model_name="qualification",
            name="use_by_days",
            field=models.PositiveSmallIntegerField(
                default=30, verbose_name="use after a retest (days)"
            ),
        ),
        migrations.AlterField(
            model_name="qualification",
            name="retest_months",
            field=models.PositiveSmallIntegerField(verbose_name="period (months)"),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(fields=["state"], name="lot_by_state"),
        ),
        migrations.AddIndex(
            model_name="lotstatus",
            index=models.Index(
                condition=models.Q(("failing_uses__gt", "")),
                fields=["failing_uses", "lot"],
                name="standing_failing",
            ),
        ),
        migrations.AddField(
            model_name="unaffected",
            name="held",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="found_unaffected",
                to="lots.lot",
            ),
        ),
        migrations.AddField(
            model_name="unaffected",
            name="lot",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="unaffected",
                to="lots.lot",
            ),
        ),
        migrations.AddField(
            model_name="unaffected",
            name="qualification",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="found_unaffected",
                to="lots.qualification",
            ),
        ),
        migrations.AddField(
            model_name="unaffected",
            name="signature",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="lots.signature",
            ),
        ),
        migrations.AddConstraint(
            model_name="unaffected",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_over", False)),
                fields=("lot", "held"),
                name="unaffected_once_by_a_hold",
            ),
        ),
        migrations.AddConstraint(
            model_name="unaffected",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_over", False)),
                fields=("lot", "qualification"),
                name="unaffected_once_by_a_cause",
            ),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
