"""Evaluation of a lot: its rows put through the rules, and the text that is signed."""
