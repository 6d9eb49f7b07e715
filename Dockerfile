# The operator's image. Build it in the checkout, docs/image.md has more:
#
#   docker build --tag registry.example.com/netbaseline:0.1.0 .
#
# The base is pinned to the byte, for all platforms at once, and written out in the first FROM: from an argument Dependabot
# would not renew it. To take the same from a mirror, or another one, put it in that stage's place:
#
#   docker build --build-context python=docker-image://mirror.example.com/library/python:3.13-slim .
#   buildah build --from mirror.example.com/library/python:3.13-slim .
FROM docker.io/library/python:3.13.16-slim-trixie@sha256:70729b46c69b4f1e97c4822c1af3df53a1476cf5ddc6c087c0c10bc3a5678c2f AS python

FROM python AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
# Kubernetes takes no more than the user's number from USER, and finds the group here; without, it would be root's.
RUN echo 'netbaseline:x:65532:65532::/nonexistent:/sbin/nologin' >> /etc/passwd \
 && echo 'netbaseline:x:65532:' >> /etc/group
COPY deploy/image/build.txt deploy/image/runtime.txt deploy/image/
# Dependencies first: they change seldom, and their layer is kept. The environment has no pip of its own.
RUN pip install --require-hashes --only-binary :all: --requirement deploy/image/build.txt \
 && python -m venv --without-pip /opt/netbaseline \
 && pip --python /opt/netbaseline/bin/python install --require-hashes --only-binary :all: --requirement deploy/image/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY operator operator
RUN pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && pip --python /opt/netbaseline/bin/python install --no-deps --no-index dist/*.whl \
 && pip --python /opt/netbaseline/bin/python check \
 && /opt/netbaseline/bin/netbaseline version

FROM python
LABEL org.opencontainers.image.title="netbaseline" \
      org.opencontainers.image.description="Default-deny for every Kubernetes namespace, without cutting what must work." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.url="https://github.com/netbaseline/netbaseline" \
      org.opencontainers.image.source="https://github.com/netbaseline/netbaseline" \
      org.opencontainers.image.documentation="https://github.com/netbaseline/netbaseline/tree/main/docs" \
      org.opencontainers.image.vendor="netbaseline"
COPY --from=build /etc/passwd /etc/group /etc/
COPY --from=build /opt/netbaseline /opt/netbaseline
# The file system is read-only when it runs: bytecode was compiled above, and none is written here. A platform may put
# another number in the user's place, which has no entry in /etc/passwd; USER and HOME answer libraries that ask who that
# is. That HOME doesn't exist, so no kubeconfig can be slipped into it.
ENV PATH=/opt/netbaseline/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 USER=netbaseline HOME=/nonexistent
WORKDIR /
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["netbaseline"]
CMD ["run"]
