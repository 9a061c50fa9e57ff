# Serves a map: docker build -t som_nb . && docker run -p 8000:8000 -e MLFLOW_TRACKING_URI=... som_nb
FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -c constraints.txt ".[all]"

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 som
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 MPLBACKEND=Agg
USER som
WORKDIR /home/som
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
CMD ["som-nb", "serve", "--host", "0.0.0.0", "--port", "8000"]
