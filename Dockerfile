# Platen on one machine: docs/one-machine.md says how to run it and what it cannot do.
FROM node:24-bookworm-slim AS build
WORKDIR /opt/platen
COPY . .
# the image has its own Node
RUN npm ci --omit=dev && rm -rf node_modules/node-linux-* node_modules/.bin/node

FROM node:24-bookworm-slim
ENV NODE_ENV=production
COPY --from=build /opt/platen /opt/platen
RUN install -d -m 0700 -o node -g node /data
WORKDIR /opt/platen
USER node
VOLUME /data
EXPOSE 8080 8883
HEALTHCHECK --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "server/main.ts", "--data", "/data", "--host", "0.0.0.0"]
