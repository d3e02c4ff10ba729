"""Takes the old garment away where the new one does not cover it."""
