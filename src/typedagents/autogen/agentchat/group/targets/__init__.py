"""Where the floor may go."""
