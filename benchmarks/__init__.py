"""Measurements of a running system, behind `proteus bench`."""
