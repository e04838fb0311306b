"""Statistics: control charts, capability, comparison, outliers, stability.

Pure functions on numbers, with numpy and `scipy.special`; no records, no clock. They
inform and never decide. Each one names its source, its units and shapes, and refuses in
words what too little data cannot say; no result is ever NaN. Methods, conventions and
the agreement reached with published numbers: docs/statistics.md.
"""
