"""What the gateway alone costs: its requests, its pages, those who wait."""
