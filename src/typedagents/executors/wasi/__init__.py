"""Interpreters in WebAssembly."""
