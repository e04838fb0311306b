"""An index of the investigations that are open: few of all that ever were."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lots", "0025_beside_lots")]
    operations = [
        migrations.RemoveIndex("investigation", "lots_invest_lot_id_2ce961_idx"),
        migrations.AddIndex(
            "investigation",
            models.Index(
                fields=["lot"],
                condition=models.Q(closed_at=None),
                name="investigation_open",
            ),
        ),
    ]
