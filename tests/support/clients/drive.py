"""Makes a webhook and posts an event on the Relay at argv[1]; waits at a receiver of its own for what Relay sends."""

import queue
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from relay_hooks import AuthenticatedClient
from relay_hooks.api.events import create_event
from relay_hooks.api.webhooks import create_webhook, get_webhook
from relay_hooks.models import EventInput, EventInputPayload, Problem, WebhookInput
from relay_hooks.verify import is_from_relay

arrivals: queue.Queue = queue.Queue()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        arrivals.put(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2], prefix="", auth_header_name="X-API-Key")
target = WebhookInput(name="Python", url=f"http://127.0.0.1:{server.server_port}/", event_types=["python.*"])
webhook = create_webhook.sync(client=client, body=target)
payload = EventInputPayload.from_dict({"text": "Grüße"})
event = create_event.sync(client=client, body=EventInput(event_type="python.posted", payload=payload))
headers, body = arrivals.get(timeout=20)
assert headers["webhook-id"] == str(event.id), headers
assert is_from_relay(webhook.secret, headers, body)
assert not is_from_relay(webhook.secret, headers, body + b" ")
assert get_webhook.sync(webhook.id, client=client).name == "Python"
wrong = WebhookInput(name="Python", url="nowhere", event_types=["python.*"])
assert isinstance(create_webhook.sync(client=client, body=wrong), Problem)
print("done")
