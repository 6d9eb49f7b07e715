"""Speed, as ratios against a bare client measured in the same run: `make bench` prints the table of performance.md."""
