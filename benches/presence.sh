#!/usr/bin/env bash
# Presence checks against a real Prometheus: gapcheck one by one, and batched, beside the raw request rate of `oha`.
# usage: benches/presence.sh [CHECKS=1000] [ROUNDS=5]
# Needs prometheus and python3; oha (cargo install --locked oha) for the raw rate, else its row is left out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
checks=${1:-1000} rounds=${2:-5}
dir=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$dir"' EXIT

cargo build --release --locked --quiet
gapcheck=$PWD/target/release/gapcheck

port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
exporter=$(port) server=$(port)
python3 benches/exporter.py "$exporter" & pids+=($!)
cat >"$dir/prometheus.yml" <<YAML
global: { scrape_interval: 5s }
scrape_configs:
- job_name: bench
  static_configs: [ { targets: ["127.0.0.1:$exporter"] } ]
YAML
prometheus --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/data" --web.listen-address="127.0.0.1:$server" 2>"$dir/log" & pids+=($!)
prom=$!
base=http://127.0.0.1:$server
for _ in $(seq 100); do
  curl -fsS "$base/api/v1/query?query=count(bench_metric_00000)" 2>/dev/null | grep -q '"value"' && break
  sleep 0.3
done
benches/presence.py "$dir/suite" "$checks" "$base"
python3 benches/compare.py "$rounds" "$checks" "$prom" "$dir" "$gapcheck"
