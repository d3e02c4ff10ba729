"""Engines that judge the results of try-ons."""
