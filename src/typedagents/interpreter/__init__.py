"""Who performs: ports, handlers, the world, the driver and its two loops."""
