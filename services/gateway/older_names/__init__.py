"""Routes by the names of the older system, on the same jobs."""
