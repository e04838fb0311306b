"""Tables by subject: columns, filters, search and export."""
