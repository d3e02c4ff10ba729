"""Celery in the comparison."""
