"""The pure core: values in, values out. No cluster, clock, disk or log; shared by the operator and the command line."""
