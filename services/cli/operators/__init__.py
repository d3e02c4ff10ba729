"""Commands for whoever runs Proteus: accounts, dead letters, and how it fares."""
