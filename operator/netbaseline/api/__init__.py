"""The custom resources: models, the schema made from them, and reading an object with errors that name the field."""
