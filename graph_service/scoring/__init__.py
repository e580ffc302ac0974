"""Pure functions: a behaviour becomes points, points become shares, shares become a standing."""
