"""A page without statistics pays for none: numpy takes 0.1 s and 50 MB to load."""

import subprocess
import sys

EVERY_MODULE = """
import importlib, pkgutil, sys
import django
django.setup()
import lots, reports, qatracker.urls
from django.urls import get_resolver
assert get_resolver().url_patterns
statistical = (
    "lots.statistics", "reports.trends", "lots.consistency.analysis",
    "lots.consistency.lot_history",
)
for package in (lots, reports):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.startswith(statistical):
            importlib.import_module(module.name)
assert "lots.views.results" in sys.modules and "reports.views.dashboard" in sys.modules
print(sorted({name.partition(".")[0] for name in sys.modules} & {"numpy", "scipy"}))
"""


def test_neither_addresses_nor_any_module_but_statistics_load_numpy():
    done = subprocess.run(
        [sys.executable, "-c", EVERY_MODULE], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


def test_statistics_load_numpy_and_no_distributions():
    """`scipy.stats` takes 0.8 s to load."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import importlib, pkgutil, sys, lots.statistics as package\n"
            "for module in pkgutil.iter_modules(package.__path__):\n"
            "    importlib.import_module(f'lots.statistics.{module.name}')\n"
            "print('numpy' in sys.modules, 'scipy.stats' in sys.modules,"
            " 'django' in sys.modules)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "True False False\n"
