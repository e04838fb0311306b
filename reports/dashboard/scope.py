"""Scope: which lots and certificates figures are of, by material, site and use."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """A material, a site of manufacture and an intended use; None and blank are any.

    A lot is of the use that it was made for; a certificate of the one that it states.
    """

    material: int | None = None
    site: int | None = None
    use: str = ""

    @property
    def query(self):
        """The filters of the list of lots, and of the register, that leave the scope.

        They are the columns of `LotStatus` too.
        """
        asked = {"material": self.material, "site": self.site, "use": self.use}
        return {name: value for name, value in asked.items() if value}

    @property
    def of_certificates(self):
        """The same for certificates."""
        columns = {
            "material": "lot__material",
            "site": "lot__site",
            "use": "assessment__use",
        }
        return {columns[name]: value for name, value in self.query.items()}

    @property
    def code(self):
        """The scope in a key of the cache; blank for all."""
        if not self.query:
            return ""
        return f"{self.material or ''}-{self.site or ''}-{self.use}"


ALL = Scope()
