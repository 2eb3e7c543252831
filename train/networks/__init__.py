"""Networks: what they are made of, what is asked of them, and trained ones from files."""
