"""VTONs: a person, a garment, and what was made of them."""
