# The page and the HTTP API: docker build -t edgedigit . && docker run -p 127.0.0.1:8000:8000 edgedigit
FROM python:3.13-slim AS build
COPY . /checkout
RUN pip wheel --quiet --no-deps --wheel-dir /wheels /checkout

FROM python:3.13-slim
RUN --mount=from=build,source=/wheels,target=/wheels \
    pip install --quiet --no-cache-dir "$(echo /wheels/*.whl)[serve]"
USER nobody
EXPOSE 8000
ENTRYPOINT ["edgedigit"]
CMD ["serve", "--host", "0.0.0.0"]
