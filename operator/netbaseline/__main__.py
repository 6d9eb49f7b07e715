"""`python -m netbaseline`."""

from netbaseline.cli import main

if __name__ == "__main__":
    main()
