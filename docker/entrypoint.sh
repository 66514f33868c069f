#!/bin/sh
# Runs a program of dist/apps/$APP: main, or the one that is named, such as purge. rocketmq is the same in every image.
set -eu

# Others reach a container at its own address, unless somebody knows better.
: "${ADVERTISED_HOST:=$(hostname -i | cut -d ' ' -f 1)}"
export ADVERTISED_HOST

program=${1:-main}
[ $# -eq 0 ] || shift
# As every process of this project is run (libs/embedded/src/processes/node-flags.ts).
case $program in
  rocketmq) file=dist/tools/launcher/rocketmq.js ;;
  *) file=dist/apps/$APP/src/$program.js ;;
esac
exec node --enable-source-maps --max-semi-space-size=64 "$file" "$@"
