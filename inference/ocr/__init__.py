"""Reads text in pictures."""
