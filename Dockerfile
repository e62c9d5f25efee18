FROM python:3.11-slim AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt .
RUN python -m venv /venv \
    && /venv/bin/pip install --require-hashes --only-binary :all: -r requirements.txt \
    && /venv/bin/pip uninstall --yes pip


FROM python:3.11-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*

# A fixed number, so that the owner of a mounted folder can be set from outside
RUN groupadd --system --gid 10001 chatterkeep \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /app chatterkeep \
    && install -d -o chatterkeep -g chatterkeep -m 0700 /data

COPY --from=packages /venv /venv
WORKDIR /app
COPY . .

ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    CHATTERKEEP_ENV=production \
    CHATTERKEEP_DATA_DIR=/data
RUN python -m compileall -q chatterkeep wsgi.py

USER chatterkeep
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, sys; from http.client import HTTPConnection; c = HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); c.request('GET', '/readyz'); sys.exit(c.getresponse().status != 200)"]
CMD ["flask", "serve"]
