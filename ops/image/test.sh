#!/usr/bin/env bash
# Runs docker-compose's topology from the image `proteus` as its user, beside real servers (run through `make test-image`, as root without Docker).
set -euo pipefail
cd "$(dirname "$0")/../.."
version=$(python3 -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')
root=$(mktemp -d)
if docker info > /dev/null 2>&1; then
  container=$(docker create "proteus:$version")
  trap 'docker rm "$container" > /dev/null; rm -rf "$root"' EXIT
  docker export "$container" | tar -x -C "$root"
else
  export STORAGE_DRIVER=vfs
  container=$(buildah from --pull-never "proteus:$version")
  trap 'buildah rm "$container" > /dev/null; rmdir "$root"' EXIT
  rmdir "$root" && root=$(buildah mount "$container")
  trap 'buildah umount "$container" > /dev/null; buildah rm "$container" > /dev/null' EXIT
fi
PROTEUS_IMAGE_ROOT=$root .venv/bin/python -m pytest tests/image -q -s --timeout 900 -p no:cacheprovider
