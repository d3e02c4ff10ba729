"""Engines that read size charts."""
