#!/bin/sh
# Broker and proxy in one process, with TLS on every port and ACL 2.0. Puts the settings together with the secrets,
# which come from the environment and are written for this user alone.
set -eu
: "${ROCKETMQ_ADMIN_SECRET:?set the secret of the user admin}"
umask 077
settings=$(mktemp -d)
shared=${SHARED_SETTINGS:-/etc/rocketmq}
secured=$shared/secured
credentials="{\"accessKey\":\"admin\",\"secretKey\":\"$ROCKETMQ_ADMIN_SECRET\"}"
{
  cat "$shared/broker.conf" "$secured/broker-acl.conf"
  echo "initAuthenticationUser={\"username\":\"admin\",\"password\":\"$ROCKETMQ_ADMIN_SECRET\"}"
  echo "innerClientAuthenticationCredentials=$credentials"
  echo metricsPromExporterHost=0.0.0.0
} >"$settings/broker.conf"
{
  # Both files are one JSON object with its braces on lines of their own.
  grep -v '^}' "$shared/rmq-proxy.json"
  echo ','
  grep -v '^[{}]' "$secured/rmq-proxy-acl.json"
  # A route names it: the port which clients use.
  echo ", \"grpcServerPort\": ${ROCKETMQ_GRPC_PORT:-8081}"
  echo ", \"tlsCertPath\": \"/certificates/rocketmq.pem\", \"tlsKeyPath\": \"/certificates/rocketmq.key\""
  echo ", \"innerClientAuthenticationCredentials\": \"$(echo "$credentials" | sed 's/"/\\"/g')\""
  echo '}'
} >"$settings/rmq-proxy.json"
if [ "${1:-}" = --print ]; then
  cat "$settings/$2"
  rm -r "$settings"
  exit
fi
export JAVA_OPT_EXT="${JAVA_OPT_EXT:-} -Dtls.server.mode=enforcing -Dtls.test.mode.enable=false \
-Dtls.server.certPath=/certificates/rocketmq.pem -Dtls.server.keyPath=/certificates/rocketmq.key"
exec sh mqproxy -pm local -n name-server:9876 -bc "$settings/broker.conf" -pc "$settings/rmq-proxy.json"
