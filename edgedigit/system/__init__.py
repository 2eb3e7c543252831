"""What the operating system is asked for: signals, messages, files that are whole, threads."""
