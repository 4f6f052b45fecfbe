import { readdir, readFile } from 'node:fs/promises';
import { parse, parseAllDocuments } from 'yaml';

export interface Container {
  name: string;
  image: string;
  command?: string[];
  env?: { name: string; value?: string }[];
  envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string } }[];
  ports?: { name: string; containerPort: number }[];
  startupProbe?: Probe;
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  resources: { requests: Record<string, string>; limits: Record<string, string> };
  securityContext: object;
  volumeMounts: { name: string; mountPath: string }[];
}

interface Probe {
  httpGet: { path: string; port: string };
}

type Labels = Record<string, string>;

interface PodTemplate {
  metadata: { labels: Labels; annotations?: Record<string, string> };
  spec: {
    securityContext: object;
    automountServiceAccountToken: boolean;
    enableServiceLinks: boolean;
    terminationGracePeriodSeconds?: number;
    containers: Container[];
    initContainers?: Container[];
  };
}

/** As much of a Kubernetes object as the tests look at. */
export interface Manifest {
  file: string;
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Labels };
  spec: Record<string, unknown> & {
    template?: PodTemplate;
    selector?: Labels & { matchLabels?: Labels };
    rules?: { http: { paths: { path: string; pathType: string; backend: { service: { name: string } } }[] } }[];
  };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  resources?: string[];
  images?: { name: string; newTag: string }[];
}

const DIRECTORY = new URL('../../deploy/kubernetes/', import.meta.url);

/** Every object of deploy/kubernetes. @throws when a file is not YAML. */
export async function readManifests(): Promise<Manifest[]> {
  const files = (await readdir(DIRECTORY)).filter((name) => name.endsWith('.yaml'));
  const parsed = files.map(async (file) => {
    const documents = parseAllDocuments(await readFile(new URL(file, DIRECTORY), 'utf8'));
    return documents.map((document) => {
      if (document.errors[0]) throw document.errors[0];
      return { ...(document.toJS() as Manifest), file };
    });
  });
  return (await Promise.all(parsed)).flat();
}

/** docker-compose.yml, as much of it as the tests look at. */
export async function readCompose(): Promise<{ services: Record<string, { image: string; command?: string[] }> }> {
  const text = await readFile(new URL('../../docker-compose.yml', import.meta.url), 'utf8');
  return parse(text, { merge: true }) as { services: Record<string, { image: string; command?: string[] }> };
}
