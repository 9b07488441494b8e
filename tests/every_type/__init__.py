"""Every type of the catalog goes the whole way through the real extension, over HTTP, against the answerer."""
