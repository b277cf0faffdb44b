"""w2vlib: skip-gram word2vec, derived, checked, trained and put to the test."""
