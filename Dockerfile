# The gateway as one bundle: docker build --tag ruangkerja-gateway .
# It writes to its database only, so run it with --read-only --tmpfs /tmp; an SQLite file goes into a volume: --volume gateway:/data.

FROM node:26.10.0-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# The native packages bring their machine code prebuilt, so nobody's install script has to run.
RUN npm ci --ignore-scripts
COPY rolldown.config.ts tsconfig.json ./
COPY src ./src
RUN npx rolldown -c
# What is inside, for scanners: CycloneDX. npm's own --omit=dev also leaves out pg and others that a tool shares.
RUN npm sbom --package-lock-only --sbom-format=cyclonedx | node -e "\
  const sbom = JSON.parse(fs.readFileSync(0, 'utf8'));\
  const isTool = ({ properties }) => properties.some(({ name }) => name === 'cdx:npm:package:development');\
  const tools = new Set(sbom.components.filter(isTool).map((component) => component['bom-ref']));\
  const isKept = (ref) => !tools.has(ref);\
  sbom.components = sbom.components.filter((component) => isKept(component['bom-ref']));\
  sbom.dependencies = sbom.dependencies.filter(({ ref }) => isKept(ref))\
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isKept) }));\
  console.log(JSON.stringify(sbom));" > sbom.json

FROM node:26.10.0-trixie-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
# What the bundle leaves out, by name: `npm ci --omit=dev` would bring 300 MB more, among them Node once again, and
# --omit=optional would leave out the machine code of argon2.
COPY --from=build /app/node_modules/better-sqlite3/package.json ./node_modules/better-sqlite3/
COPY --from=build /app/node_modules/better-sqlite3/lib ./node_modules/better-sqlite3/lib
COPY --from=build /app/node_modules/better-sqlite3/prebuilds/linux-* ./node_modules/better-sqlite3/prebuilds/
COPY --from=build /app/node_modules/@node-rs ./node_modules/@node-rs
# What the page /docs loads.
COPY --from=build /app/node_modules/swagger-ui-dist/swagger-ui.css /app/node_modules/swagger-ui-dist/swagger-ui-bundle.js ./node_modules/swagger-ui-dist/
COPY package.json ./
COPY drizzle ./drizzle
COPY --from=build /app/dist ./dist
COPY --from=build /app/sbom.json ./
# A named volume takes its owner from here. No VOLUME: without a named one, --rm would delete the database with the container.
RUN install --directory --owner=node --group=node /data
# The user node, as a number: Kubernetes' runAsNonRoot cannot judge a name.
USER 1000:1000
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --start-interval=1s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 4000) + '/health/ready').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Without npm or a shell in between, so that SIGTERM arrives.
CMD ["node", "--max-semi-space-size=16", "--no-allocation-site-pretenuring", "--import", "./dist/preload.js", "dist/main.js"]
