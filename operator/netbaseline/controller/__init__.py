"""One turn per namespace, the same for every cause: observe, decide, write, report."""
