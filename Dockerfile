# A developer's machine with everything the nox sessions need; the sources stay outside.
#
#   docker build -t typedagents-dev .
#   docker run --rm -it --security-opt seccomp=unconfined --security-opt systempaths=unconfined \
#       -v "$PWD":/project typedagents-dev -s tests
#
# The two options let bubblewrap make the namespaces of its sandbox inside the container.
FROM python:3-slim

RUN apt-get update \
 && apt-get install --yes --no-install-recommends bubblewrap git \
 && rm -rf /var/lib/apt/lists/* \
 && python -m pip install --no-cache-dir nox \
 && git config --system --add safe.directory /project

WORKDIR /project
VOLUME ["/environments"]

# Environments hold absolute paths, so those of the container are kept apart from the .nox/ of the host.
ENTRYPOINT ["nox", "--envdir", "/environments"]
CMD ["-s", "lint", "types", "tests", "docs"]
