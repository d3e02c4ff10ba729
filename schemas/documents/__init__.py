"""What the OpenAPI and AsyncAPI documents need besides the schemas themselves."""
