"""What crosses a wire: pydantic models, names and nothing else."""
