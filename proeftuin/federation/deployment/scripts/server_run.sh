#!/bin/sh
# Runs the training; the model appears in result.npz, or what went wrong in failure.txt.
# After a stop of the server, the same command goes on after the last whole round.
set -eu
cd "$(dirname "$0")"
export FLWR_TELEMETRY_ENABLED=0 FLWR_DISABLE_UPDATE_CHECK=1 FLWR_HOME="$PWD/flower"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1  # threads change last digits
rm -f failure.txt
flwr run app here
