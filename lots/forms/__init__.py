"""Forms of the lots pages, by subject. They check the shape of what was typed."""
