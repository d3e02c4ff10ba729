"""FASHN VTON v1.5: a rectified-flow transformer on RGB pixels. No VAE, no text, no mask."""
