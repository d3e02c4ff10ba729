"""Proteus in the comparison."""
