"""JetStream, said once: subjects, topology, publishing, batch collection, policy keys."""
