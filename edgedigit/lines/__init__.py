"""Lines of writing: `layout` says where they are, `looks` what the networks say of them."""
