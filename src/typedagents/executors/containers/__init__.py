"""Programs in containers of Docker or Podman, over the HTTP interface of their unix sockets."""
