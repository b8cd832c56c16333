import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** A parsed value of YAML. */
type Value = null | string | number | boolean | Value[] | Fields;
interface Fields {
  [key: string]: Value;
}

/** A Kubernetes object. */
export type Manifest = Fields & { apiVersion: string; kind: string; metadata: { name: string } };

interface Generator {
  name: string;
  behavior?: 'merge';
  literals: string[];
}
interface Kustomization {
  apiVersion: string;
  kind: string;
  namespace?: string;
  resources: string[];
  patches?: { path: string }[];
  configMapGenerator?: Generator[];
  images?: { name: string; newName: string; newTag: string }[];
}
const known = ['apiVersion', 'kind', 'namespace', 'resources', 'patches', 'configMapGenerator', 'images'];
/** The name of an element, by which Kustomize merges lists of these fields. */
const mergeKeys = { containers: 'name', volumes: 'name', volumeMounts: 'mountPath' } as Record<string, string>;

/**
 * Builds the objects of a folder as `kubectl kustomize` does, as far as `deploy/kubernetes` uses it: npm has no
 * Kustomize. Throws where a file is missing, a patch hits nothing, or something else is used.
 */
export function build(folder: string): Manifest[] {
  const [kustomization] = read<Kustomization>(join(folder, 'kustomization.yaml'));
  const { resources, patches = [], configMapGenerator = [], images = [], ...rest } = kustomization!;
  const unknown = Object.keys(rest).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw new Error(`${folder}: ${unknown.join(', ')} is not known here`);
  const built = resources.flatMap((path) =>
    path.endsWith('.yaml') ? read<Manifest>(join(folder, path)) : build(join(folder, path)),
  );
  for (const generator of configMapGenerator) generate(built, generator);
  for (const { path } of patches) for (const patch of read<Manifest>(join(folder, path))) apply(built, patch, path);
  return built.map((manifest) => replaceImages(manifest, images) as Manifest);
}

function read<T>(path: string): T[] {
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => {
    if (document.errors.length > 0) throw new Error(`${path}: ${document.errors.join(', ')}`);
    return document.toJS() as T;
  });
}

function generate(built: Manifest[], { name, behavior, literals }: Generator): void {
  const data = Object.fromEntries(literals.map((literal) => /^([^=]+)=(.*)$/.exec(literal)!.slice(1)));
  const generated = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data } as Manifest;
  if (behavior === 'merge') apply(built, generated, 'configMapGenerator');
  else built.push(generated);
}

function apply(built: Manifest[], patch: Manifest, path: string): void {
  const at = built.findIndex(({ kind, metadata }) => kind === patch.kind && metadata.name === patch.metadata.name);
  if (at < 0) throw new Error(`${path} hits nothing`);
  built[at] = merge(built[at]!, patch) as Manifest;
}

/** Merges as https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/ describes. */
function merge(base: Value, patch: Value, field = ''): Value {
  if (Array.isArray(base) && Array.isArray(patch) && mergeKeys[field]) return mergeLists(base, patch, mergeKeys[field]);
  if (!isFields(base) || !isFields(patch)) return patch;
  const merged = { ...base };
  for (const [key, value] of Object.entries(patch)) merged[key] = key in base ? merge(base[key]!, value, key) : value;
  return merged;
}

function mergeLists(base: Value[], patch: Value[], mergeKey: string): Value[] {
  const keyOf = (value: Value): Value | undefined => (isFields(value) ? value[mergeKey] : undefined);
  const fresh = patch.filter((value) => !base.some((other) => keyOf(other) === keyOf(value)));
  const changed = base.map((value) => {
    const found = patch.find((other) => keyOf(other) === keyOf(value));
    return found === undefined ? value : merge(value, found);
  });
  return [...fresh, ...changed];
}

function replaceImages(value: Value, images: NonNullable<Kustomization['images']>): Value {
  if (Array.isArray(value)) return value.map((element) => replaceImages(element, images));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const image = key === 'image' ? images.find(({ name }) => name === inner) : undefined;
      return [key, image ? `${image.newName}:${image.newTag}` : replaceImages(inner, images)];
    }),
  );
}

function isFields(value: Value): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
