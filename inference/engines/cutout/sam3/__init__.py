"""SAM 3, which finds what words say, as the tailor's engine."""
