"""How much one user, one address or one account may ask of the system."""
