"""Tools: from a typed function to a call that a model can make, and back."""
