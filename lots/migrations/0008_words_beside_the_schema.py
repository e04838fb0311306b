"""Choices of states, stages, roles and meanings leave the schema; nothing is stored anew.

Their words stand in the enums of the code (`lots.models.code_field`).
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("lots", "0007_words_of_the_trade"),
    ]

    operations = [
        migrations.AlterField(
            model_name="alternativeuse",
            name="state",
            field=models.CharField(default="draft", max_length=12),
        ),
        migrations.AlterField(
            model_name="assessment",
            name="state",
            field=models.CharField(default="open", max_length=18),
        ),
        migrations.AlterField(
            model_name="certificateheader",
            name="state",
            field=models.CharField(default="draft", max_length=12),
        ),
        migrations.AlterField(
            model_name="lot",
            name="issuer_role",
            field=models.CharField(
                default="manufacturer", max_length=20, verbose_name="our role"
            ),
        ),
        migrations.AlterField(
            model_name="lot",
            name="state",
            field=models.CharField(default="quarantine", max_length=12),
        ),
        migrations.AlterField(
            model_name="lotstatus",
            name="stage",
            field=models.CharField(max_length=16),
        ),
        migrations.AlterField(
            model_name="mark",
            name="kind",
            field=models.CharField(max_length=12),
        ),
        migrations.AlterField(
            model_name="qualification",
            name="state",
            field=models.CharField(default="draft", max_length=12),
        ),
        migrations.AlterField(
            model_name="signature",
            name="meaning",
            field=models.CharField(max_length=12),
        ),
        migrations.AlterField(
            model_name="specification",
            name="state",
            field=models.CharField(default="draft", max_length=12),
        ),
    ]
