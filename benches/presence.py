#!/usr/bin/env python3
"""Write N presence checks as a suite, the same set as the published comparison asks for.

usage: presence.py OUT N BASE_URL [--names NAMES] [--miss M]

OUT/suite.yaml gets check i for bench_metric_{i % NAMES}{job="bench",service="svc-.."} at BASE_URL; every M-th asks for a metric
that does not exist (0: none). OUT/urls.txt gets the same questions as URLs of instant queries, one a line, for raw load tools.
"""
import argparse
import os
import urllib.parse

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("out")
parser.add_argument("checks", type=int)
parser.add_argument("base_url")
parser.add_argument("--names", type=int, default=2000)
parser.add_argument("--miss", type=int, default=0)
args = parser.parse_args()

os.makedirs(args.out, exist_ok=True)
selectors = []
for i in range(args.checks):
    n = i % args.names
    missing = args.miss and i % args.miss == args.miss - 1
    name = f"absent_metric_{n:05d}" if missing else f"bench_metric_{n:05d}"
    selectors.append(f'{name}{{job="bench",service="svc-{n % 40}"}}')

with open(os.path.join(args.out, "suite.yaml"), "w") as suite:
    suite.write("version: 1\nsuite: bench\npipeline:\n")
    suite.write(f'  - {{ name: prom, kind: prometheus, url: "{args.base_url}", max_parallel: 32 }}\nchecks:\n')
    for i, selector in enumerate(selectors):
        suite.write(f"  - id: c{i}\n    metric: '{selector}'\n    at: prom\n")

with open(os.path.join(args.out, "urls.txt"), "w") as urls:
    for selector in selectors:
        urls.write(f"{args.base_url}/api/v1/query?query={urllib.parse.quote(selector, safe='')}\n")
