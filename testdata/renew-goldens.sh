#!/bin/sh
# Renews testdata/goldens from Go itself: testdata/renew-goldens.sh [GO_BINARY]
# The goldens of this repository come from Go 1.27.3. Needs no network.
set -eu
go=${1:-go}
here=$(cd "$(dirname "$0")" && pwd)
root=$(GOTOOLCHAIN=local "$go" env GOROOT)
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
# The oracle imports internal packages: an overlay lets it stand in Go's source tree without touching that.
printf '{"Replace":{"%s/src/cmd/tracepane-oracle/main.go":"%s/oracle/main.go"}}\n' "$root" "$here" >"$temp/overlay.json"
cd "$root/src/cmd"
GOTOOLCHAIN=local GOFLAGS= "$go" build -overlay "$temp/overlay.json" -o "$temp/oracle" cmd/tracepane-oracle
GOTOOLCHAIN=local "$temp/oracle" "$go" "$here"
