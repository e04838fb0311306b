"""Labels of fields and choices in the words of the trade; the database does not change."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("lots", "0008_words_beside_the_schema"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="alternativeuse",
                    name="made_for",
                    field=models.CharField(
                        max_length=20, verbose_name="intended use of the lot"
                    ),
                ),
                migrations.AlterField(
                    model_name="alternativeuse",
                    name="use_for",
                    field=models.CharField(
                        max_length=20, verbose_name="also suitable for"
                    ),
                ),
                migrations.AlterField(
                    model_name="criterion",
                    name="choices",
                    field=models.JSONField(
                        blank=True, default=list, verbose_name="permitted results"
                    ),
                ),
                migrations.AlterField(
                    model_name="criterion",
                    name="wording",
                    field=models.CharField(
                        blank=True, max_length=160, verbose_name="printed wording"
                    ),
                ),
                migrations.AlterField(
                    model_name="investigation",
                    name="conclusion",
                    field=models.CharField(
                        blank=True,
                        choices=[
                            (
                                "proven",
                                "Laboratory error proven: the result is invalidated",
                            ),
                            ("not_proven", "Not proven: the result stays valid"),
                        ],
                        max_length=12,
                    ),
                ),
                migrations.AlterField(
                    model_name="lot",
                    name="issuer_role",
                    field=models.CharField(
                        default="manufacturer",
                        max_length=20,
                        verbose_name="issuer role",
                    ),
                ),
                migrations.AlterField(
                    model_name="lot",
                    name="note",
                    field=models.CharField(
                        blank=True,
                        max_length=300,
                        verbose_name="note printed on every certificate",
                    ),
                ),
                migrations.AlterField(
                    model_name="lot",
                    name="origin",
                    field=models.CharField(
                        choices=[
                            ("manufacture", "Manufacture"),
                            ("blend", "Blend"),
                            ("reprocessing", "Reprocessing"),
                            ("rework", "Rework"),
                            ("repacking", "Repacking"),
                        ],
                        default="manufacture",
                        max_length=20,
                        verbose_name="how produced",
                    ),
                ),
                migrations.AlterField(
                    model_name="lot",
                    name="original_certificate_number",
                    field=models.CharField(
                        blank=True,
                        max_length=80,
                        verbose_name="manufacturer's certificate number",
                    ),
                ),
                migrations.AlterField(
                    model_name="lot",
                    name="original_number",
                    field=models.CharField(
                        max_length=40, verbose_name="manufacturer's lot number"
                    ),
                ),
                migrations.AlterField(
                    model_name="lot",
                    name="use",
                    field=models.CharField(max_length=20, verbose_name="intended use"),
                ),
                migrations.AlterField(
                    model_name="lot",
                    name="use_document_kind",
                    field=models.CharField(
                        choices=[
                            ("batch_record", "Batch record"),
                            ("declaration", "Manufacturer's declaration"),
                        ],
                        max_length=20,
                        verbose_name="basis for intended use",
                    ),
                ),
                migrations.AlterField(
                    model_name="lot",
                    name="use_document_reference",
                    field=models.CharField(
                        max_length=120, verbose_name="document number"
                    ),
                ),
                migrations.AlterField(
                    model_name="material",
                    name="note",
                    field=models.CharField(
                        blank=True,
                        max_length=300,
                        verbose_name="note printed on every certificate",
                    ),
                ),
                migrations.AlterField(
                    model_name="result",
                    name="source",
                    field=models.CharField(
                        choices=[
                            ("page", "Entered manually"),
                            ("import", "Imported"),
                            ("computed", "Calculated from other results"),
                        ],
                        default="page",
                        max_length=10,
                    ),
                ),
                migrations.AlterField(
                    model_name="test",
                    name="already_corrected",
                    field=models.BooleanField(
                        default=False, verbose_name="values are already on this basis"
                    ),
                ),
                migrations.AlterField(
                    model_name="test",
                    name="at_threshold_counts",
                    field=models.BooleanField(
                        default=False, verbose_name="count peaks equal to the threshold"
                    ),
                ),
                migrations.AlterField(
                    model_name="test",
                    name="determinations",
                    field=models.PositiveSmallIntegerField(
                        default=1, verbose_name="preparations"
                    ),
                ),
                migrations.AlterField(
                    model_name="test",
                    name="injections",
                    field=models.PositiveSmallIntegerField(
                        default=1, verbose_name="injections of each preparation"
                    ),
                ),
                migrations.AlterField(
                    model_name="test",
                    name="spread_limit",
                    field=models.CharField(
                        blank=True,
                        max_length=20,
                        verbose_name="max. difference of preparations",
                    ),
                ),
                migrations.AlterField(
                    model_name="test",
                    name="vocabulary",
                    field=models.JSONField(
                        blank=True, default=list, verbose_name="possible results"
                    ),
                ),
                migrations.AlterField(
                    model_name="testorder",
                    name="occasion",
                    field=models.CharField(
                        choices=[
                            ("release", "Release testing"),
                            ("retest", "Retest"),
                            ("cross_check", "Comparison with supplier certificate"),
                            ("stability", "Stability point"),
                        ],
                        default="release",
                        max_length=12,
                    ),
                ),
            ]
        )
    ]
