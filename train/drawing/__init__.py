"""Draws what is trained on: digits and other characters, by a pen, distorted, photographed."""
