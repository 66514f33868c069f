#!/bin/sh
# Creates the users of users.json and grants what stands there, with RocketMQ's own mqadmin. May be run again.
# The secrets come from the environment; MQADMIN says how mqadmin is run, BROKER where the broker is.
set -eu
: "${ROCKETMQ_ADMIN_SECRET:?set the secret of the user admin}"
: "${GATEWAY_SECRET:?set the secret of the user gateway}"
: "${SECKILL_SERVICE_SECRET:?set the secret of the user seckill-service}"
: "${DEAD_LETTERS_SECRET:?set the secret of the user dead-letters}"
broker=${BROKER:-broker:10911}
if [ -z "${MQADMIN:-}" ]; then
  # Who mqadmin is stands in this file alone; the image brings one with a user that there is not.
  tools=$ROCKETMQ_HOME/conf/tools.yml
  rm -f "$tools"
  (umask 077 && printf 'accessKey: admin\nsecretKey: "%s"\n' "$ROCKETMQ_ADMIN_SECRET" >"$tools")
fi
mqadmin=${MQADMIN:-sh mqadmin}
# mqadmin ends with 0 whatever happens; what it prints tells.
run() {
  said=$($mqadmin "$@" 2>&1) || true
  case $said in
    *success*) echo "$1 $5" ;;
    *'is existed'*) return 1 ;;
    *) echo "$1 $5 failed: $said" >&2 && return 1 ;;
  esac
}
user() {
  run createUser -b "$broker" -u "$1" -p "$2" -t Normal || run updateUser -b "$broker" -u "$1" -p "$2"
}
grant() {
  run createAcl -b "$broker" -s "User:$1" -r "$2" -a "$3" -d Allow
}
user gateway "$GATEWAY_SECRET"
grant gateway Topic:seckill-purchase Pub
user seckill-service "$SECKILL_SERVICE_SECRET"
grant seckill-service Topic:seckill-purchase Sub
grant seckill-service Topic:seckill-purchase-retry Pub,Sub
grant seckill-service Topic:seckill-purchase-dead Pub
grant seckill-service Group:seckill-service Sub
user dead-letters "$DEAD_LETTERS_SECRET"
grant dead-letters Topic:seckill-purchase-dead Pub,Sub
grant dead-letters Topic:seckill-purchase Pub
grant dead-letters Group:seckill-dead-letters Sub
