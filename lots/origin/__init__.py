"""Origin of a lot: its facts, its parent lots, duplicates and the use gate."""
