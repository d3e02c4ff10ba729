"""One look at a person's photograph: pose, matte, parse and posture, for engines, checks and crops alike."""
