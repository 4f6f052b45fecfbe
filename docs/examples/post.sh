#!/bin/sh
# curl tries 408, 429 and 5xx again, and with --retry-all-errors also where nobody answered; it waits as Retry-After asks.
set -eu
key=${1:-job-123}
exec curl --silent --show-error --fail-with-body --max-time 60 --retry 6 --retry-all-errors \
  -X POST "${RELAY_URL:-http://localhost:5000}/api/events" -H "X-API-Key: $RELAY_API_KEY" \
  -d "{\"eventType\":\"job.created\",\"payload\":{\"jobId\":\"123\"},\"idempotencyKey\":\"$key\"}"
