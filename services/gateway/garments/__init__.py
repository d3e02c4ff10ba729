"""Garments of a user: for try-ons, and for advice on sizes."""
