"""A name or a path → sentences with provenance → token ids."""
