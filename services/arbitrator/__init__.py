"""Turns demand into batch size: reads the queue twice a second and writes the policy."""
