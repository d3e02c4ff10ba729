"""A product shot understood: the garment cut out, and where its collar, sleeves, sides and hem are."""
