"""Looks at a photo before anything is made of it: whether it shows what it should, and well enough."""
