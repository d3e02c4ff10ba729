"""Jobs: asked for, queued, moved, looked at, cancelled, tried again."""
