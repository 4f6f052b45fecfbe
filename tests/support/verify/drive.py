import pathlib
import sys

sys.path.insert(0, sys.argv[1])
from verify import is_from_relay

for line in sys.stdin.read().rstrip("\n").split("\n"):
    secret, message_id, timestamp, signatures, file = line.split("\t")
    headers = {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signatures}
    print(str(is_from_relay(secret, headers, pathlib.Path(file).read_bytes())).lower())
