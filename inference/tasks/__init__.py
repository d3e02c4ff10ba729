"""What goes into an engine and comes out of it, by task."""
