"""One mistake, one file, one function: the world in, the places where it was made out."""
