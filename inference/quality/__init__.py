"""Whether the result of a try-on may be shown: pure functions of pixels and joints, no model of their own."""
