"""Fit by published ease: rules and numbers, no model. The numbers, each with its source, are the tables in ``data``."""
