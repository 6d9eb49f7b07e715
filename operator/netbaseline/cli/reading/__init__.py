"""YAML and JSON read fast and strictly: values first, lines only where somebody asks for one."""
