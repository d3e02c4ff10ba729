"""Which part of the garment goes where on the person."""
