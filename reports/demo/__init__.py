"""Two fictional years of a supplier, played through the verbs for the training site."""
