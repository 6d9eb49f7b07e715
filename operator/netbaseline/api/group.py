"""What the API is called: group, version, kinds. Each is spelled here and nowhere else."""

from typing import Final

GROUP: Final = "netbaseline.dev"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"

KIND: Final = "NetworkBaseline"
PLURAL: Final = "networkbaselines"
SINGULAR: Final = "networkbaseline"
SHORT_NAME: Final = "nbl"
CATEGORY: Final = "netbaseline"
CRD_NAME: Final = f"{PLURAL}.{GROUP}"
