"""Engines, by task. They do not import each other; what two of them share is a module beside them."""
