"""Pictures in, pictures out. Engines know parameters and pixels, never messages."""
