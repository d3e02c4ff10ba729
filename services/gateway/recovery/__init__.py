"""Finds what came apart or was given up, and mends it."""
