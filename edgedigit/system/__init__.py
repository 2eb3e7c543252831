"""The operating system: signals, messages, files that are written safely, threads."""
