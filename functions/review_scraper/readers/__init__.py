"""What reads the pages of review sources: a module a kind of source, and the registry that names them."""
