"""What Flask and gunicorn cost by themselves: the yardstick of every ratio."""

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

app = Flask(__name__)


@app.post("/echo")
def echo() -> ResponseReturnValue:
    return jsonify(request.get_json())


@app.get("/poll")
def poll() -> str:
    return ""
