"""The losses and their gradients, and the checks of both."""
