"""Engines, in folders named by task. They do not import each other."""
