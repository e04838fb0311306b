"""Tables by subject: columns and the order that rows come in. Views import them."""
