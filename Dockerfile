# The page and the HTTP API: docker build -t edgedigit . && docker run -p 127.0.0.1:8000:8000 edgedigit
FROM python:3.13-slim AS build
COPY . /checkout
RUN pip wheel --quiet --no-deps --wheel-dir /wheels /checkout

FROM python:3.13-slim
RUN --mount=from=build,source=/wheels,target=/wheels \
    pip install --quiet --no-cache-dir "$(echo /wheels/*.whl)[serve]"
# nobody, by number: where only that is known, it is known not to be root.
USER 65534:65534
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT ["edgedigit"]
CMD ["serve", "--host", "0.0.0.0"]
