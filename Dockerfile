# The service alone: a small image whose program may write to /data and nowhere else.
FROM python:3.13-slim AS built
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /app
COPY pyproject.toml uv.lock LICENSE ./
COPY graph_service graph_service
COPY loaders loaders
COPY schema schema
RUN uv sync --frozen --no-default-groups --extra rust --no-editable --compile-bytecode

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home trustnet && install --directory --owner trustnet --mode 0700 /data
COPY --from=built /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:/usr/local/bin:/usr/bin:/bin
ENV PYTHONDONTWRITEBYTECODE=1
ENV PYTHONUNBUFFERED=1
ENV TRUSTNET_STORE=sqlite:////data/trustnet.db
ENV TRUSTNET_VAULT=sqlite:////data/vault.db
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["trustnet"]
# Within its container it listens to what docker-compose.yml lets through, which is this machine.
CMD ["serve", "--host", "0.0.0.0"]
