"""Pictures in the object store: presigned URLs and their retention."""
