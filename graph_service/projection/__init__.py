"""From the journal to its views: what each entry changes, for whatever store keeps them."""
