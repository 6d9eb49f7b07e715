"""What `netbaseline lint` may print; apart, so that the command line starts without the rest."""

from enum import StrEnum


class Output(StrEnum):
    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    SARIF = "sarif"
    GITHUB = "github"


class FailOn(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"
