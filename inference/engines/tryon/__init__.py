"""Engines that show a person in a garment, and what they share."""
