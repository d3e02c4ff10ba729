"""Loads on a whole system that runs here."""
