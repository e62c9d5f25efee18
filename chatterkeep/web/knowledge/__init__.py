"""`/api/v1/knowledge`: the documents that answers rest on, for programs."""
