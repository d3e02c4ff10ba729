"""The short API for integrators."""
