"""Pages of the lots app."""
