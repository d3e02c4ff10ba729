"""Engines that cut a garment out."""
