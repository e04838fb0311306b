"""The training site: fictional people, a material and its lots, made by the verbs.

Only `load_demo` and the tests import it. Every compendial number is to be checked in
a licensed copy of the pharmacopoeia before real use, and the documents say so.
"""
