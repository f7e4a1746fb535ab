#!/usr/bin/env python3
"""An exporter of 2,000 names with five series each. usage: exporter.py PORT"""
import http.server
import sys

lines = []
for name in range(2000):
    metric = f"bench_metric_{name:05d}"
    lines.append(f"# TYPE {metric} gauge\n")
    for shard in range(5):
        lines.append(f'{metric}{{env="prod",region="eu-west-2",service="svc-{name % 40}",shard="{shard}"}} {name + shard}\n')
PAGE = "".join(lines).encode()


class Page(http.server.BaseHTTPRequestHandler):
    """The one page there is."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *args):
        """Says nothing."""


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
