"""What engines that are pipelines of diffusers have in common."""
