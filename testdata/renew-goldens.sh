#!/bin/sh
# Renews testdata/goldens from Go itself: testdata/renew-goldens.sh [GO_BINARY]
# The goldens of this repository come from Go 1.27.3. Needs no network.
set -eu
go=${1:-go}
here=$(cd "$(dirname "$0")" && pwd)
root=$(GOTOOLCHAIN=local "$go" env GOROOT)
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
# The oracle imports internal packages: an overlay lets it stand in Go's source tree without touching that. A part of it
# joins go tool trace and internal/trace, to ask functions that no command leads to. The overlay also makes Go's reader of format v1 go
# through two maps in the order of their keys: see goldens in README.md.
trace=src/internal/trace
sed -e 's/for pid := range p.batchOffsets {/for _, pid := range slices.Sorted(maps.Keys(p.batchOffsets)) {/' \
	-e 's/^\t"math"$/\t"maps"\n\t"math"/' "$root/$trace/internal/tracev1/parser.go" >"$temp/parser.go"
sed -e 's/for gid := range it.createdPreInit {/for _, gid := range slices.Sorted(maps.Keys(it.createdPreInit)) {/' \
	-e 's/^\t"io"$/\t"io"\n\t"maps"\n\t"slices"/' "$root/$trace/tracev1.go" >"$temp/tracev1.go"
cat >"$temp/overlay.json" <<EOF
{"Replace":{
"$root/src/cmd/tracepane-oracle/main.go":"$here/oracle/main.go",
"$root/src/cmd/tracepane-oracle/mmu.go":"$here/oracle/mmu.go",
"$root/$trace/tracepane_distribution.go":"$here/oracle/trace/distribution.go",
"$root/src/cmd/trace/tracepane_annotations.go":"$here/oracle/trace/annotations.go",
"$root/src/cmd/trace/tracepane_groups.go":"$here/oracle/trace/groups.go",
"$root/src/cmd/trace/tracepane_timeline.go":"$here/oracle/trace/timeline.go",
"$root/$trace/internal/tracev1/parser.go":"$temp/parser.go",
"$root/$trace/tracev1.go":"$temp/tracev1.go"}}
EOF
cd "$root/src/cmd"
for command in tracepane-oracle trace; do
	GOTOOLCHAIN=local GOFLAGS= "$go" build -overlay "$temp/overlay.json" -o "$temp/$command" "cmd/$command"
done
GOTOOLCHAIN=local "$temp/tracepane-oracle" "$temp/trace" "$here"
