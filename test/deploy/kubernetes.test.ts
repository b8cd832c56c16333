import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../src/gateway/config.ts';
import { production } from '../process/program.ts';
import { root } from '../support/source.ts';
import { build, type Manifest } from './kustomize.ts';

type Labels = Record<string, string>;
/** What the tests read of a pod. The types of kubernetes-models would make every check of types eight times as long. */
interface Pod {
  metadata: { labels: Labels; annotations: Labels };
  spec: {
    containers: Container[];
    securityContext: { runAsUser: number; runAsGroup: number };
    terminationGracePeriodSeconds: number;
    volumes: { name: string }[];
  };
}
interface Container {
  image: string;
  ports: { name: string; containerPort: number }[];
  securityContext: object;
  volumeMounts: { name: string; mountPath: string }[];
  lifecycle: { preStop: { exec: { command: string[] } } };
  readinessProbe: { httpGet: { path: string }; periodSeconds: number };
  livenessProbe: { httpGet: { path: string } };
}
type Selecting = { spec: { selector: { matchLabels: Labels } } };

const folder = join(root, 'deploy/kubernetes');
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const run = promisify(execFile);

const overlays = { sqlite: build(join(folder, 'overlays/sqlite')), postgres: build(join(folder, 'overlays/postgres')) };
const all = Object.entries(overlays);
const only = <T>(built: Manifest[], kind: string): T => {
  const found = built.filter((manifest) => manifest.kind === kind);
  expect(found).toHaveLength(1);
  return found[0] as T;
};
const podOf = (built: Manifest[]) => only<{ spec: { template: Pod } }>(built, 'Deployment').spec.template;
const gatewayOf = (built: Manifest[]) => {
  const { containers } = podOf(built).spec;
  expect(containers).toHaveLength(1);
  return containers[0]!;
};

/** What TypeScript says of objects as values of the types of kubernetes-models: it knows every key and its type. */
async function faultsOf(objects: Manifest[]): Promise<string> {
  // Inside the project, where the packages are found.
  const place = mkdtempSync(join(root, 'node_modules/.kubernetes-'));
  onTestFinished(() => rmSync(place, { recursive: true }));
  const lines = objects.map(
    (object, index) =>
      `import type { I${object.kind} as T${index} } from 'kubernetes-models/${object.apiVersion}';\n` +
      `export const object${index}: T${index} = ${JSON.stringify(object, null, 2)};\n`,
  );
  writeFileSync(join(place, 'objects.ts'), lines.join(''));
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--ignoreConfig'];
  return run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options, join(place, 'objects.ts')], {
    cwd: place,
  }).then(
    () => '',
    ({ stdout }) => stdout,
  );
}

test('every file belongs to an overlay or to the base', () => {
  const used = ['base', 'overlays/sqlite', 'overlays/postgres'].flatMap((place) =>
    [...readFileSync(join(folder, place, 'kustomization.yaml'), 'utf8').matchAll(/\S+\.yaml$/gm)].map(([file]) =>
      join(place, file),
    ),
  );
  const files = globSync('**/*.yaml', { cwd: folder }).filter((file) => !file.endsWith('kustomization.yaml'));
  expect(files.toSorted()).toEqual(used.toSorted());
});

test('each object has the keys, types and values that Kubernetes knows; one misspelt key is found', async () => {
  const objects = all.flatMap(([, built]) => built);
  expect(await faultsOf(objects)).toBe('');
  for (const { apiVersion, kind, ...rest } of objects) {
    const { [kind]: Model } = await import(/* @vite-ignore */ `kubernetes-models/${apiVersion}`);
    expect(() => new Model(rest).validate(), kind).not.toThrow();
  }
  const wrong = structuredClone(overlays.sqlite);
  Object.assign(gatewayOf(wrong), { readinesProbe: {} });
  expect(await faultsOf(wrong)).toContain(`'"readinesProbe"' does not exist in type 'IContainer'`);
});

describe.each(all)('%s', (name, built) => {
  test('the selectors of all objects choose the pods of the deployment', () => {
    const labels = podOf(built).metadata.labels;
    const selectors = [
      only<Selecting>(built, 'Deployment').spec.selector.matchLabels,
      only<{ spec: { selector: Labels } }>(built, 'Service').spec.selector,
      ...built
        .filter(({ kind }) => kind === 'NetworkPolicy')
        .map(
          (policy) =>
            (policy as unknown as { spec: { podSelector: { matchLabels: Labels } } }).spec.podSelector.matchLabels,
        ),
    ];
    if (name === 'postgres') selectors.push(only<Selecting>(built, 'PodDisruptionBudget').spec.selector.matchLabels);
    for (const selector of selectors) expect(selector).toEqual(labels);
  });

  test('the container is that of the Dockerfile: user, port, folder of the database; its file system is read-only', () => {
    const { securityContext: pod } = podOf(built).spec;
    const { image, ports, securityContext, volumeMounts } = gatewayOf(built);
    expect(image).toMatch(/\/ruangkerja-gateway:\d/);
    expect(`${pod.runAsUser}:${pod.runAsGroup}`).toBe(/^USER (.+)$/m.exec(dockerfile)![1]);
    expect(pod).toMatchObject({
      runAsNonRoot: true,
      fsGroup: pod.runAsUser,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(ports.find((port) => port.name === 'http')!.containerPort).toBe(
      Number(/^EXPOSE (\d+)$/m.exec(dockerfile)![1]),
    );
    expect(securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const mounts = volumeMounts.map(({ mountPath }) => mountPath);
    expect(mounts.toSorted()).toEqual(name === 'sqlite' ? ['/data', '/tmp'] : ['/tmp']);
    expect(dockerfile).toMatch(/ \/data$/m);
    const volumes = podOf(built).spec.volumes.map((volume) => volume.name);
    expect(volumes.toSorted()).toEqual(volumeMounts.map((mount) => mount.name).toSorted());
  });

  test('with the secret the configuration is complete, and its ports are those of the container', () => {
    const { data } = only<{ data: Labels }>(built, 'ConfigMap');
    const secret = {
      SECRET_KEY: production.SECRET_KEY,
      SMTP_URL: 'smtps://user:password@mail.example.com',
      ...(name === 'postgres' && { DATABASE_URL: 'postgres://user:password@postgres.example.com/gateway' }),
    };
    expect(Object.keys(data).filter((key) => key in secret)).toEqual([]);
    const image = { NODE_ENV: 'production', HOST: '0.0.0.0' };
    const loaded = loadConfig({ ...image, ...data, ...secret });
    expect(loaded.kind === 'wrong' ? loaded.problems : []).toEqual([]);
    const metrics = gatewayOf(built).ports.find((port) => port.name === 'metrics')!.containerPort;
    expect(podOf(built).metadata.annotations['prometheus.io/port']).toBe(String(metrics));
    expect(data['METRICS_PORT']).toBe(String(metrics));
  });

  test('the end of a pod leaves the gateway its 10 seconds, and readiness is asked often enough', () => {
    const { lifecycle, readinessProbe, livenessProbe } = gatewayOf(built);
    const [sleep, seconds] = lifecycle.preStop.exec.command;
    expect(sleep).toBe('sleep');
    expect(podOf(built).spec.terminationGracePeriodSeconds).toBeGreaterThan(Number(seconds) + 10);
    expect([readinessProbe.httpGet.path, livenessProbe.httpGet.path]).toEqual(['/health/ready', '/health/live']);
    // A gateway where nobody was connected for 10 s stops at once, without the time that announces it.
    expect(readinessProbe.periodSeconds).toBeLessThan(10);
  });
});

test('a volume belongs to one gateway, which ends before the next one starts; two on Postgres never stop together', () => {
  const { sqlite, postgres } = overlays;
  expect(only<{ spec: { accessModes: string[] } }>(sqlite, 'PersistentVolumeClaim').spec.accessModes).toEqual([
    'ReadWriteOncePod',
  ]);
  expect(only(sqlite, 'Deployment')).toMatchObject({
    spec: { replicas: 1, strategy: { type: 'Recreate' } },
  });
  expect(only(postgres, 'Deployment')).toMatchObject({
    spec: { replicas: 2, strategy: { rollingUpdate: { maxUnavailable: 0 } } },
  });
  expect(only(postgres, 'PodDisruptionBudget')).toMatchObject({ spec: { maxUnavailable: 1 } });
});
