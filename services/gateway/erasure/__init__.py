"""DELETE /user: everything of a user goes."""
