"""The pictures of the concepts, drawn from the code where the code knows what is in them."""
