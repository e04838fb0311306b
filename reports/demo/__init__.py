"""Two fictional years of a supplier, played through the verbs for the training site.

`load_demo` and its test import it; nothing else may.
"""
