"""`edgedigit serve`: the drawing page and the HTTP API; needs the extra `serve`."""
