"""The routes of all domains, and the document that describes them."""
