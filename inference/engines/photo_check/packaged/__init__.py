"""The photo check with the networks that ship in packages."""
