"""taskiq in the comparison."""
