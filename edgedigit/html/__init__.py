"""Reports as HTML files without network and script: `skeleton` first, then `paging`."""
