"""What a worker measures of its passes: for Prometheus, for its heartbeat, and to know how long the next takes."""
