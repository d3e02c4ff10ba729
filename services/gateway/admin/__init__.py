"""What admins see and do: the operator's page, dead letters, policy keys."""
