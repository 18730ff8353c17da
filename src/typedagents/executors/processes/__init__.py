"""Programs as processes of this machine: in namespaces made by bubblewrap, or as they are."""
