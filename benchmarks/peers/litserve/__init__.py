"""LitServe in the comparison."""
