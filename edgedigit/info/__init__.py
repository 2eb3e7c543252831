"""What is installed, on what machine, and how fast it is: `installation` first."""
