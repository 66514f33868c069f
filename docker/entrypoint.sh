#!/bin/sh
# Runs a program of dist/apps/$APP: main, or the one that is named, such as purge.
set -eu

# Others reach a container at its own address, unless somebody knows better.
: "${ADVERTISED_HOST:=$(hostname -i | cut -d ' ' -f 1)}"
export ADVERTISED_HOST

program=${1:-main}
[ $# -eq 0 ] || shift
# As every process of this project is run (apps/launcher/src/supervisor/node-process.ts).
exec node --enable-source-maps --max-semi-space-size=64 "dist/apps/$APP/src/$program.js" "$@"
