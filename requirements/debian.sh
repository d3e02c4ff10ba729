#!/usr/bin/env bash
# Installs the programs that some tests need and that are no Python or npm packages, where that may be done: as root, or
# with a sudo that asks nothing. What stays missing is no fault: its tests are left out, and `make test` says so at its end.
set -euo pipefail

# program, Debian's package, what it is for
needed=(
  "chromium|chromium|tests of the web app run in it"
  "firefox-esr|firefox-esr|the web app is tried in it, too"
  "WebKitWebDriver|webkit2gtk-driver|the web app is tried in the engine of Safari, too"
  "Xvfb|xvfb|that engine shows its window there"
  "promtool|prometheus|metrics, dashboards and alerts are tried in it"
  "docker-compose|docker-compose|it reads our compose file, without an engine"
  "nginx|nginx-light|the gateway is tried behind it, and behind two"
  "pgbouncer|pgbouncer|the gateway is tried behind it, a pooler of the database's connections"
  "cc|gcc libc6-dev|a clock that tests can set is made with it"
  "curl|curl|README's example is run with it"
  "jq|jq|README's example is run with it"
  "git|git|tests ask it for the files of this repository"
  "ps|procps|tests of the web app look for our processes with it"
)

PATH="$PATH:/usr/sbin" # where servers lie, whoever asks
missing=()
for each in "${needed[@]}"; do
  IFS='|' read -r program package why <<< "$each"
  command -v "$program" > /dev/null || missing+=("$package|$why")
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo -n)
fi
if ! command -v apt-get > /dev/null || ! "${as_root[@]}" true 2> /dev/null; then
  echo "Not installed, as that needs apt-get and root, or a sudo that asks nothing:"
  printf '  %s\n' "${missing[@]/|/: }"
  exit 0
fi

"${as_root[@]}" apt-get update -qq < /dev/null || true # what is known of may do
for each in "${missing[@]}"; do
  IFS='|' read -r package why <<< "$each"
  echo "Installing Debian's $package: $why"
  # shellcheck disable=SC2086  a package's name may be two
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $package \
    < /dev/null > /dev/null || echo "It could not be installed."
done
