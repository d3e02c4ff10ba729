"""Engines that look at photos."""
