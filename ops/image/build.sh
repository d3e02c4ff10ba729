#!/usr/bin/env bash
# Builds the images `proteus` and `proteus-weaver`: with Docker, or without it with buildah (run through `make image`).
#   ops/image/build.sh [base] [weaver]
# Without Docker nothing is pulled: Debian's own packages (debootstrap) take the place of the two bases that the Dockerfile names, with this
# machine's Node for the web app. Such an image is for trying; what is published is built with Docker by .github/workflows/release.yaml.
set -euo pipefail
cd "$(dirname "$0")/../.."
targets=("$@")
[ $# -gt 0 ] || targets=(base weaver)
version=$(python3 -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')
name() { if [ "$1" = base ]; then echo "proteus:$version"; else echo "proteus-$1:$version"; fi; }

if docker info > /dev/null 2>&1; then
  for target in "${targets[@]}"; do docker build --target "$target" --tag "$(name "$target")" .; done
  exit
fi

for program in buildah debootstrap node npm; do
  command -v "$program" > /dev/null || { echo "neither Docker nor $program is here: apt-get install buildah debootstrap, and Node"; exit 1; }
done
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
base_of() { sed -nE "s/^FROM ($1:\S+) AS .*/docker.io\/library\/\1/p" Dockerfile | head -1; }
python_base=$(base_of python) node_base=$(base_of node)

make_base() { # NAME ROOT
  local container
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$2" / > /dev/null
  buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  buildah commit --quiet --rm "$container" "$1" > /dev/null
}

if ! buildah inspect --type image "$python_base" > /dev/null 2>&1 || ! buildah inspect --type image "$node_base" > /dev/null 2>&1; then
  root=$(mktemp -d)
  trap 'rm -rf "$root" "$root.log"' EXIT
  debootstrap --variant=minbase --include=python3,python3-venv,python-is-python3,ca-certificates bookworm "$root" > "$root.log" 2>&1 ||
    { tail -5 "$root.log"; exit 1; }
  rm -rf "$root"/var/cache/apt "$root"/var/lib/apt/lists
  # The certificates that this machine trusts: its registries may lie behind a proxy of its own.
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
  make_base "$python_base" "$root"
  install "$(readlink -f "$(command -v node)")" "$root/usr/local/bin/node"
  modules=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  mkdir -p "$root/usr/local/lib/node_modules"
  cp -r "$modules" "$root/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  make_base "$node_base" "$root"
fi

# What this machine's pip and npm are told goes along, in no layer: where registries are, and whom to trust.
settings=$(mktemp -d)
trap 'rm -rf "$settings" "${root:-/nonexistent}" "${root:-/nonexistent}.log"' EXIT
{ echo "[global]"; python3 -m pip config list | sed -nE "s/^(global|:env:)\.([a-z-]+)='(.*)'$/\2 = \3/p" | sort -u -k1,1; } > "$settings/pip.conf"
echo "cafile=/etc/ssl/certs/ca-certificates.crt" > "$settings/npmrc"
given=(--volume "$settings/pip.conf:/etc/pip.conf:ro" --volume "$settings/npmrc:/usr/local/etc/npmrc:ro")
if [ -e ~/.npmrc ]; then given+=(--volume ~/.npmrc:/root/.npmrc:ro); fi
for place in $(grep -oE '/[^ ]*' "$settings/pip.conf" | sed -E 's|^/+|/|' | sort -u); do
  case "$place" in
    */simple) place=$(dirname "$place") ;; # a registry's files lie beside its index
    */ca-certificates.crt) continue ;;
  esac
  if [ -e "$place" ]; then given+=(--volume "$place:$place:ro"); fi
done
for target in "${targets[@]}"; do
  buildah build --pull-never --layers "${given[@]}" --target "$target" --tag "$(name "$target")" .
done
