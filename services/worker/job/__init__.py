"""What becomes of one job: from its delivery to its acknowledgement."""
