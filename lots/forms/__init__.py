"""The forms of the lots pages, by subject. They clean the shape; the verbs decide."""
