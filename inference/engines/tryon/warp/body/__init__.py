"""The person: the frame of their body, its limbs and sides, and what they wear."""
