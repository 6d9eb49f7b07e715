"""What MkDocs doesn't do by itself to make the site of the same files that are read in the repository."""
