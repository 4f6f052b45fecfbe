import json
import os

from fastapi import FastAPI, Request, Response

from verify import is_from_relay

app = FastAPI()
# A table of your database with a unique key, in earnest.
taken: set[str] = set()


@app.post("/hooks")
async def hooks(request: Request) -> Response:
    body = await request.body()  # the bytes as they came: no model as a parameter
    if not is_from_relay(os.environ["RELAY_SECRET"], request.headers, body):
        return Response(status_code=401)
    if request.headers["webhook-id"] not in taken:
        event = json.loads(body)
        print(request.headers["webhook-id"], event["type"], event["data"], flush=True)
        taken.add(request.headers["webhook-id"])
    return Response(status_code=204)


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "3000")))
