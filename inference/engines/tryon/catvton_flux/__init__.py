"""FLUX.1 Fill with a LoRA for try-on, through diffusers; for non-commercial use."""
