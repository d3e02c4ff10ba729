"""FLUX.2 klein, a small editing model that a business may use, through diffusers."""
