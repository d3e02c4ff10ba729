"""Every move of a job's row, and what the end of one job means for others. Knows the tables alone."""
