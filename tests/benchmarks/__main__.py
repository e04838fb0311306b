"""Every benchmark: one line per figure with name, ratio and goal; and bench.json.

A module beside this one is a benchmark if it has `run()`, which returns its figures.
"""

import importlib
import json
import logging
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    """Run all, print and store the figures, and fail when a goal is missed."""
    # Who signs in for a measurement is no news beside the figures.
    logging.disable(logging.INFO)
    figures = []
    for name in sorted(path.stem for path in HERE.glob("[!_]*.py")):
        module = importlib.import_module(f"tests.benchmarks.{name}")
        if not hasattr(module, "run"):
            continue
        for figure in module.run():
            is_met = figure.ratio <= figure.goal
            print(
                f"{figure.name}: {figure.ratio:.3f} (goal {figure.goal:.3f})"
                f" {'met' if is_met else 'MISSED'}",
                flush=True,
            )
            figures.append(
                {
                    "name": figure.name,
                    "ratio": round(figure.ratio, 4),
                    "goal": round(figure.goal, 4),
                    "met": is_met,
                }
            )
    (HERE.parent.parent / "bench.json").write_text(json.dumps(figures, indent=1) + "\n")
    if not all(figure["met"] for figure in figures):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
