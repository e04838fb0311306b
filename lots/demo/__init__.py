"""The training site: fictional people, a material and its lots.

Everything is made by the verbs that users call. Check every compendial number in a
licensed copy of the pharmacopoeia before real use; the demo documents say so too.
"""
