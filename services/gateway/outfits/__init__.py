"""Outfits: several garments on one person, by jobs that need each other."""
