#!/bin/sh
# Starts the server of the federation (Flower's SuperLink): TLS, and registered nodes only.
# HOST: address to listen at (default: this machine only). PORT: port (default 9092).
set -eu
cd "$(dirname "$0")"
export FLWR_TELEMETRY_ENABLED=0 FLWR_DISABLE_UPDATE_CHECK=1 FLWR_HOME="$PWD/flower"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1  # threads change last digits
mkdir -p "$FLWR_HOME"
cat > "$FLWR_HOME/config.toml" <<END
[superlink]
default = "here"

[superlink.here]
address = "127.0.0.1:${PORT:-9092}"
root-certificates = "$PWD/ca.crt"
END
exec flower-superlink --host "${HOST:-127.0.0.1}" --port "${PORT:-9092}" \
  --ssl-ca-certfile ca.crt --ssl-certfile server.crt --ssl-keyfile server.key \
  --enable-supernode-auth --database state.db --disable-runtime-dependency-installation
