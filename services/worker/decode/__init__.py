"""Pictures that others sent, decoded in processes of their own and bounded in memory."""
