# The operator's image. What is installed is pinned by hash in locks/. A registry or certificate authority of your own:
#   docker build --build-arg PIP_INDEX_URL=... --secret id=ca,src=<file> --build-arg PIP_CERT=/run/secrets/ca .

# Any image with Python 3.11 or newer; pin it by digest for builds that must be equal.
ARG BASE=docker.io/library/python:3.11-slim

FROM ${BASE} AS build
ARG PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST PIP_CERT
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source
# Two environments: pip's own tools build the package and stay behind.
RUN python3 -m venv --without-pip /opt/build && python3 -m venv --without-pip /opt/mwaa-operator
COPY locks/build.txt locks/operator.txt locks/
RUN --mount=type=secret,id=ca \
    python3 -m pip --python /opt/build/bin/python install --require-hashes -r locks/build.txt && \
    python3 -m pip --python /opt/mwaa-operator/bin/python install --require-hashes --only-binary :all: -r locks/operator.txt
COPY operator operator
RUN cd operator && /opt/build/bin/python -c "from setuptools.build_meta import build_wheel; build_wheel('/source')" && \
    python3 -m pip --python /opt/mwaa-operator/bin/python install --no-index --no-deps /source/*.whl

FROM ${BASE}
COPY --from=build /opt/mwaa-operator /opt/mwaa-operator
# Bytecode is part of the image, and nothing can be written beside it. /tmp is the only place that must be writable.
ENV PATH=/opt/mwaa-operator/bin:/usr/local/bin:/usr/bin:/bin HOME=/tmp PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /tmp
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["mwaa-operator"]
