# The image of every Airflow component in docker-compose.yml. 3.11.13 is the first 3.11 whose tarfile
# cannot be made to write outside its target; the project does not extract archives, other code may.
FROM python:3.11.14-slim-bookworm AS build

COPY deploy/locks /build/locks
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /build/locks/uv.txt \
 && python -m venv --without-pip /opt/venv
ENV UV_PYTHON=/opt/venv/bin/python UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy

# What runs, without the developers' tools: the lock is the constraint, its hashes are checked.
# From /build: uv reads what it leaves out (tool.uv) in the folder it is called in.
WORKDIR /build
COPY pyproject.toml requirements.lock /build/
RUN uv pip install --only-binary :all: -r /build/pyproject.toml --extra postgres \
    --constraint /build/requirements.lock

WORKDIR /opt/flowlake
COPY . .
RUN uv pip install --no-deps --build-constraint /build/locks/build.txt --editable . \
 && python -m compileall -q flowlake transforms expectations


FROM python:3.11.14-slim-bookworm

COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/flowlake /opt/flowlake

# Containers run as whoever owns the secrets, with group 0; a fresh volume takes these folders' modes.
RUN useradd --uid 50000 --gid 0 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin flowlake \
 && install -d -m 2775 -o 50000 -g 0 /lake /opt/airflow /opt/airflow/logs

# LOGNAME: Airflow asks for a name, and not every user id has one. Numba keeps what it compiles.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/flowlake \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    LOGNAME=flowlake \
    NUMBA_CACHE_DIR=/tmp/numba \
    AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/flowlake/dags \
    FLOWLAKE_LAKE=/lake

USER 50000:0
WORKDIR /opt/flowlake
CMD ["flowlake", "--help"]
