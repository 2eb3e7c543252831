"""How well a labelled folder is read: `evaluation` counts, `text` and `page` show."""
