"""Pages without network and script: `skeleton` first, pictures by `thumbnails`."""
