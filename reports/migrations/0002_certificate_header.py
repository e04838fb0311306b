"""A certificate names its certificate header. A Python name only: the column stays."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0001_certificates"),
        ("lots", "0007_words_of_the_trade"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField(
                    "certificate", "letterhead", "certificate_header"
                ),
                migrations.AlterField(
                    "certificate",
                    "certificate_header",
                    models.ForeignKey(
                        db_column="letterhead_id",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="lots.certificateheader",
                    ),
                ),
            ]
        )
    ]
