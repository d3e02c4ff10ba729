"""Stands here so that the tests below find what they share in this folder."""
