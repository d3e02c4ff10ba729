"""Model weights: which there are, where they come from, under which licence, and whether they are what was pulled."""
