"""The project: settings, addresses and the look. No behaviour."""
