"""HTTP bodies of the gateway."""
