"""Reads what is trained on and measured with: MNIST, labelled sets, digits of one's own."""
