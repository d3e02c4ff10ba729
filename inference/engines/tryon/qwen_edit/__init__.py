"""Qwen-Image-Edit, a large editing model that a business may use, through diffusers."""
