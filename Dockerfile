# One image for everything: `som-nb serve` (the default), `som-nb train`, `som-nb inspect` and, for the compose file, an MLflow server.
FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
# nobody runs other packages' tests in an image; bytecode stays, since the image is run read-only
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir -c constraints.txt ".[all]" \
 && /venv/bin/pip uninstall --yes pip \
 && find /venv -type d \( -name tests -o -name include \) -prune -exec rm -rf {} +

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 som \
 && mkdir -p /app/mlflow_data /opt/ml \
 && chown -R som:som /app /opt/ml
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MPLBACKEND=Agg \
    MPLCONFIGDIR=/tmp/matplotlib \
    NUMBA_CACHE_DIR=/tmp/numba \
    SOM_HOST=0.0.0.0
USER 10001
WORKDIR /app
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT') or 8000}/health\", timeout=4)"]
# SageMaker runs `IMAGE train` and `IMAGE serve`
ENTRYPOINT ["som-nb"]
CMD ["serve"]
