"""Runs the recipe of docs/consumers.md. Each line read is an instant of the simulated time: four threads ask at once.

Answers are JSON, a line each: statuses, and how many requests were refused at first.
"""
import json
import os
import sys
import threading
import types

import requests

now = float(sys.stdin.readline()) / 1000
# In place of the recipe's own import: time that the test moves. The packages keep the machine's.
recipe = {"time": types.SimpleNamespace(time=lambda: now)}
with open(sys.argv[1], encoding="utf8") as file:
    exec(compile(file.read().replace("import time\n", ""), "recipe", "exec"), recipe)
key, url = recipe["key"], os.environ["AI_MODELS_URL"]


def ask(statuses, refused):
    used = key.get()
    status = requests.get(url, headers={"api-key": used}, timeout=20).status_code
    if status == 401:
        refused.append(status)
        status = requests.get(url, headers={"api-key": key.get(refused=used)}, timeout=20).status_code
    statuses.append(status)


for line in sys.stdin:
    now, statuses, refused = float(line) / 1000, [], []
    threads = [threading.Thread(target=ask, args=(statuses, refused)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"statuses": statuses, "refused": len(refused)}), flush=True)
