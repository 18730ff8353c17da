"""What the layer shows on the console."""
