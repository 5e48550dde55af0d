#!/bin/sh
# Starts this partner's node (Flower's SuperNode); it reads this folder and nothing else.
# SERVER: the server's address (default @HOST@:9092). PORT: a free local port (default 9094).
set -eu
cd "$(dirname "$0")"
export FLWR_TELEMETRY_ENABLED=0 FLWR_DISABLE_UPDATE_CHECK=1 FLWR_HOME="$PWD/flower"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1  # threads change last digits
mkdir -p "$FLWR_HOME"
exec flower-supernode --superlink "${SERVER:-@HOST@:9092}" --root-certificates ca.crt \
  --auth-supernode-private-key node.key --host 127.0.0.1 --port "${PORT:-9094}" \
  --node-config 'folder="."'
