"""A message from its stream to its end: pulled, kept alive, acknowledged, given back, or buried."""
