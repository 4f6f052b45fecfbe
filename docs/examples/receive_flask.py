import os

from flask import Flask, request

from verify import is_from_relay

app = Flask(__name__)
# A table of your database with a unique key, in earnest.
taken: set[str] = set()


@app.post("/hooks")
def hooks() -> tuple[str, int]:
    body = request.get_data()  # the bytes as they came, before request.json
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not is_from_relay(os.environ["RELAY_SECRET"], headers, body):
        return "", 401
    if headers["webhook-id"] not in taken:
        event = request.get_json(force=True)
        print(headers["webhook-id"], event["type"], event["data"], flush=True)
        taken.add(headers["webhook-id"])
    return "", 204


if __name__ == "__main__":
    app.run("127.0.0.1", int(os.environ.get("PORT", "3000")))
