"""`python -m netbaseline`."""

from netbaseline.cli.app import main

if __name__ == "__main__":
    main()
