"""Engines that say which size fits."""
