"""What every cut-out engine does once it knows the garment's mask: components, soft edges, clean colours, trimming."""
