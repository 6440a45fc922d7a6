#!/bin/bash
# source.sh MODULE VERSION NAME: puts the sources of a Go module into /host/NAME.
set -eu
if ! found=$(cd / && go mod download -json "$1@$2"); then
  echo "$found" | jq -r .Error >&2
  exit 1
fi

cp -r "$(echo "$found" | jq -r .Dir)" "/host/$3.new"
mv "/host/$3.new" "/host/$3"
