"""Composition: from the rows of a released lot to a certificate's content."""
