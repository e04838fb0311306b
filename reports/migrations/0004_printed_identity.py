"""Which printed identity QA chose at the issue of a certificate."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0003_words_beside_the_schema"),
    ]

    operations = [
        migrations.AddField(
            model_name="certificate",
            name="identity",
            field=models.CharField(
                blank=True,
                choices=[
                    ("signed", "As signed at the release"),
                    ("today", "As approved today"),
                ],
                max_length=6,
                verbose_name="printed identity",
            ),
        ),
    ]
