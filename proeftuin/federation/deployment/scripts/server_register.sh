#!/bin/sh
# Registers the public keys in keys/ with the running server; once.
set -eu
cd "$(dirname "$0")"
export FLWR_TELEMETRY_ENABLED=0 FLWR_DISABLE_UPDATE_CHECK=1 FLWR_HOME="$PWD/flower"
for key in keys/*.pub; do
  flwr supernode register "$key" here --name "$(basename "$key" .pub)"
done
