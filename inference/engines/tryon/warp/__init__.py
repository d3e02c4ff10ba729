"""Try-on without a diffusion model: each part of a garment is bent onto its part of the body. A preview."""
