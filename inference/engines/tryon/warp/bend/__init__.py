"""Bends the garment's pieces onto the person, and closes what gapes between them."""
