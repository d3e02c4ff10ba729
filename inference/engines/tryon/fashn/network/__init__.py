"""FASHN's transformer: its parts, its positions, and how its weights are laid out and loaded."""
