"""The same jobs through the queues that one could have taken instead. See README.md beside this file."""
