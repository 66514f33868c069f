#!/bin/sh
# Runs a program of dist/apps/$APP: main, or the one that is named, such as purge; or a command of dist/tools/launcher,
# which are the same in every image: rocketmq, token.
set -eu

# Others reach a container at its own address, unless somebody knows better.
: "${ADVERTISED_HOST:=$(hostname -i | cut -d ' ' -f 1)}"
export ADVERTISED_HOST

program=${1:-main}
[ $# -eq 0 ] || shift
# As every process of this project is run (libs/embedded/src/processes/node-flags.ts).
file=dist/apps/$APP/src/$program.js
[ -f "$file" ] || file=dist/tools/launcher/$program.js
exec node --enable-source-maps --max-semi-space-size=64 "$file" "$@"
