"""`manage.py rebuild_lot_status`: every lot's status anew, from its records."""

from django.core.management.base import BaseCommand

from lots.management import database_check
from lots.workflow import lot_status_rebuild

NAMED = 20


class Command(BaseCommand):
    help = (
        "Work out the status of every lot, which lists and counters read, anew from"
        " the records, and say how many differed. The site can go on running."
    )

    def handle(self, **options):
        database_check.refuse_unprepared()
        rebuilt = lot_status_rebuild.rebuild()
        said = str(rebuilt)
        self.stdout.write(f"{said[0].upper()}{said[1:]}.")
        for difference in rebuilt.differed[:NAMED]:
            self.stdout.write(f"  {difference}")
        if len(rebuilt.differed) > NAMED:
            self.stdout.write(f"  and {len(rebuilt.differed) - NAMED} more")
