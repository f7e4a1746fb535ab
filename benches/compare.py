#!/usr/bin/env python3
"""Run the rows in turn and print medians, and ratios to the raw rate. usage: compare.py ROUNDS CHECKS SERVER_PID DIR GAPCHECK"""
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time

rounds, checks, server, folder, gapcheck = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5]
TICK = os.sysconf("SC_CLK_TCK")
rows = {}
if shutil.which("oha"):
    rows["oha c32 (raw rate)"] = ["oha", "--no-tui", "--output-format", "quiet", "--disable-compression", "-n", str(checks), "-c", "32", "--urls-from-file", f"{folder}/suite/urls.txt"]
run = [gapcheck, "run", f"{folder}/suite/suite.yaml", "--progress", "none", "--report", f"junit={folder}/junit.xml"]
rows["gapcheck one by one"] = run + ["--no-batch"]
rows["gapcheck batched"] = run


def server_cpu():
    """User and system seconds of the server so far."""
    with open(f"/proc/{server}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def measure(command):
    """Wall, client CPU and server CPU seconds of one run."""
    before, busy, began = resource.getrusage(resource.RUSAGE_CHILDREN), server_cpu(), time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, server_cpu() - busy


results = {name: [] for name in rows}
for turn in range(rounds + 1):
    for name, command in rows.items():
        figures = measure(command)
        if turn:  # the first turn warms up
            results[name].append(figures)

base = [statistics.median(column) for column in zip(*next(iter(results.values())))]
print(f"{checks} checks, medians of {rounds} rounds; ratios to the first row")
print(f"{'':24}{'wall s':>9}{'x':>7}{'client s':>10}{'x':>7}{'server s':>10}{'x':>7}")
for name, figures in results.items():
    median = [statistics.median(column) for column in zip(*figures)]
    cells = "".join(f"{value:>{9 if i == 0 else 10}.3f}{value / first:>7.2f}" for i, (value, first) in enumerate(zip(median, base)))
    print(f"{name:24}{cells}")
