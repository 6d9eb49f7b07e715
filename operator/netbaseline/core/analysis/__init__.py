"""What people ask of the matrix: who talks to whom, why a flow passes or not, what a change would do."""
