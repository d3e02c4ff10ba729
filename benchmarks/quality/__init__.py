"""What the checks of results see: good ones of the CPU engines, and the same ones spoilt."""
