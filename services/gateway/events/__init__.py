"""What is told: the outbox that publishes, and the ledger that writes what workers say."""
