"""The weaver and the tailor: one worker, told its job kind and its engine."""
