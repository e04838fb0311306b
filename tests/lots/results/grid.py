"""The entry grid of a lot as one person fills it in."""

from lots import calendar
from tests.lots.pages import signed_in, words

HTMX = {"HX-Request": "true"}


class Grid:
    """The entry grid of a lot as one person fills it in."""

    def __init__(self, world, lot, at, username="lin"):
        self.world = world
        self.person = getattr(world.cast, username)
        self.client = signed_in(self.person)
        self.test_order = lot.test_orders.get()
        self.today = calendar.today(at)

    @property
    def address(self):
        return f"/test-orders/{self.test_order.pk}/"

    def show(self, **query):
        return self.client.get(self.address, query)

    def post(self, code, *values, seen=0, htmx=True, **more):
        """Leave a row with these values typed."""
        test = self.world.tests[code]
        cells = {f"value{n}": value for n, value in enumerate(values, start=1)}
        row = {
            "seen": seen,
            "performed_by": self.person.pk,
            "performed_on": self.today,
            "laboratory": "",
            "sample": "",
            "raw_reference": "LN-1, page 7",
            **cells,
            **more,
        }
        return self.client.post(
            f"{self.address}tests/{test.pk}/",
            {f"t{test.pk}-{name}": value for name, value in row.items()},
            headers=HTMX if htmx else {},
        )

    def row(self, answer, code):
        return words(answer, of=f"row-{self.world.tests[code].pk}")
