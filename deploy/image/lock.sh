#!/bin/sh
# Writes the image's lock files anew: every distribution by version and hash, so that the same commit gives the same
# image. Needs uv; run it after a change of the dependencies in pyproject.toml, or to take in newer ones.
set -eu
cd "$(dirname "$0")"
export UV_CUSTOM_COMPILE_COMMAND=deploy/image/lock.sh
lock() {
  uv pip compile --quiet --upgrade --python-version 3.13 --python-platform linux --generate-hashes --no-annotate \
    --output-file "$2" "$1"
}
lock ../../pyproject.toml runtime.txt
lock build.in build.txt
