import json
import os
import random
import sys
import time
import urllib.error
import urllib.request

TRIES = 6


def post(event: dict) -> dict:
    """Posts an event; returns when Relay has it. Raises when Relay refuses it, or has not answered after all tries."""
    url = os.environ.get("RELAY_URL", "http://localhost:5000") + "/api/events"
    headers = {"Content-Type": "application/json", "X-API-Key": os.environ["RELAY_API_KEY"]}
    for tried in range(1, TRIES + 1):
        asked = 0.0
        try:
            request = urllib.request.Request(url, json.dumps(event).encode(), headers, method="POST")
            with urllib.request.urlopen(request, timeout=10) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if tried == TRIES or (error.code < 500 and error.code not in (408, 429)):
                raise RuntimeError(error.read().decode()) from error
            asked = float(error.headers.get("Retry-After", 0))
        except OSError:
            if tried == TRIES:
                raise
        time.sleep(max(asked, 0.25 * 2**tried * (0.5 + random.random())))
    raise AssertionError


key = sys.argv[1] if len(sys.argv) > 1 else "job-123"
print(post({"eventType": "job.created", "payload": {"jobId": "123"}, "idempotencyKey": key}))
