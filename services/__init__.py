"""The processes. They compose the other packages and alone read the environment."""
