"""What can reach what, exactly: networking.k8s.io/v1 NetworkPolicy over classes of pods and addresses."""
