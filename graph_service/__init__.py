"""A trust network: subjects joined by credit ties, scored by published rules, explained to the last point."""
