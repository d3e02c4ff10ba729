"""What users tell of their bodies: kept for them alone, and gone at once when they say so."""
