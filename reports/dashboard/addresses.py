"""Addresses of the rows behind figures: lists with the filter of the scope."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.urls import reverse

from reports.dashboard.scope import Scope


@dataclass(frozen=True)
class Addresses:
    """Where the lots and the certificates of a scope are listed."""

    scope: Scope

    @cached_property
    def _lots(self):
        """The list of lots: a page has hundreds of addresses there."""
        return reverse("lots:lot_list")

    def lots(self, **query):
        """Return the list of lots with these filters."""
        return f"{self._lots}?{urlencode({**self.scope.query, **query})}"

    def register(self, **query):
        """Return the register of certificates with these filters."""
        found = urlencode({**self.scope.query, **query})
        return f"{reverse('reports:certificate_list')}?{found}"
