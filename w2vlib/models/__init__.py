"""Token ids → vectors."""
