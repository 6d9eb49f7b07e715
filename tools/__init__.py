"""What makes files that are checked in: called by `make`, shipped to nobody."""
