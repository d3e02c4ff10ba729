"""What the operator says of the site: its brand, its privacy and terms, and the pages that mail leads to."""
