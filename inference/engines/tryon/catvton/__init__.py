"""CatVTON on diffusers' own classes: loading, sampling, pictures, verification."""
