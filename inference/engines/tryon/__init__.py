"""Engines that dress a person."""
