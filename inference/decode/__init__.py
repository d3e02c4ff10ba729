"""Other people's files to pixels in sRGB."""
