"""A student's own functions → which quantity is wrong, on which input, and which mistake explains it."""
