"""What stands in JetStream's key-value buckets: policy, leases, workers' beats."""
