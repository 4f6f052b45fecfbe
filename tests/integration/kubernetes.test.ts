import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { beforeAll, expect, it } from 'vitest';
import { CONFIG_VARIABLES, readConfig } from '../../ops/config.ts';
import { type Container, type Manifest, readCompose, readManifests } from '../support/manifests.ts';
import { startTestRelay } from '../support/testRelay.ts';

let manifests: Manifest[];
/** What runs containers, with its pod template. */
let workloads: (Manifest & { template: NonNullable<Manifest['spec']['template']> })[];

beforeAll(async () => {
  manifests = await readManifests();
  workloads = manifests.flatMap((one) => (one.spec?.template ? [{ ...one, template: one.spec.template }] : []));
});

const find = (kind: string, name: string) =>
  manifests.find((one) => one.kind === kind && one.metadata.name === name) ??
  expect.fail(`There is no ${kind} ${name}`);
const containersOf = ({ template: { spec } }: (typeof workloads)[number]) => [
  ...spec.containers,
  ...(spec.initContainers ?? []),
];
const repositoryFile = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The variables that a container is given by name, by the config map and by the secrets' example. */
function environmentOf(container: Container): Record<string, string> {
  const referred = (container.envFrom ?? []).map(({ configMapRef, secretRef }) =>
    configMapRef ? find('ConfigMap', configMapRef.name).data : find('Secret', secretRef?.name ?? '').stringData,
  );
  const own = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value ?? '']));
  return Object.assign({}, ...referred, own) as Record<string, string>;
}

/** With secrets where the example only shows that they belong, which Relay refuses. */
function filledIn(environment: Record<string, string>): Record<string, string> {
  expect(() => readConfig(environment)).toThrow(/ADMIN_API_KEY must not be a placeholder(.|\n)*SECRETS_KEY/);
  return {
    ...environment,
    ADMIN_API_KEY: randomBytes(24).toString('hex'),
    SECRETS_KEY: randomBytes(32).toString('base64'),
  };
}

it('names every object’s file in the kustomization, but for the example of secrets', () => {
  const listed = manifests.find(({ kind }) => kind === 'Kustomization')?.resources ?? [];
  const files = new Set(manifests.map(({ file }) => file));
  expect([...listed, 'kustomization.yaml', 'secret.example.yaml'].toSorted()).toEqual([...files].toSorted());
});

it('gives containers only variables that Relay, Temporal’s client or Node reads', async () => {
  const clientSource = await repositoryFile('node_modules/@temporalio/envconfig/lib/envconfig-toml.js');
  expect(workloads.length).toBe(3);
  for (const container of workloads.flatMap(containersOf)) {
    for (const name of Object.keys(environmentOf(container))) {
      const isOthers = name === 'NODE_OPTIONS' || clientSource.includes(`['${name}']`);
      const isKnown = CONFIG_VARIABLES.includes(name) || isOthers;
      expect([container.name, name, isKnown]).toEqual([container.name, name, true]);
    }
  }
});

it.each(['api', 'worker'])('configures %s with values that Relay starts with in production', (role) => {
  const [container] = workloads.find(({ metadata }) => metadata.name === `relay-${role}`)!.template.spec.containers;
  const config = readConfig(filledIn(environmentOf(container!)));
  expect(config).toMatchObject({ production: true, RELAY_ROLE: role, TRUST_PROXY: true });
});

it('is the image, version and commands of the compose file', async () => {
  const { services } = await readCompose();
  const { version } = JSON.parse(await repositoryFile('package.json')) as { version: string };
  for (const container of workloads.flatMap(containersOf)) {
    expect(container.image).toBe(services['api']?.image);
    expect(container.command).toEqual(services[container.name]?.command);
  }
  expect(manifests.find(({ kind }) => kind === 'Kustomization')?.images).toMatchObject([
    { name: 'relay', newTag: version },
  ]);
  expect(await repositoryFile('deploy/Dockerfile')).toContain('USER node');
});

it('listens where ports, probes, scrapes, service and policy look', async () => {
  const dockerfile = await repositoryFile('deploy/Dockerfile');
  for (const { template, metadata } of workloads) {
    const [container] = template.spec.containers;
    if (!container?.ports) continue;
    const config = readConfig(filledIn(environmentOf(container)));
    const port = config.RELAY_ROLE === 'worker' ? config.WORKER_PORT : config.PORT;
    expect([metadata.name, container.ports]).toEqual([metadata.name, [{ name: 'http', containerPort: port }]]);
    expect(template.metadata.annotations?.['prometheus.io/port']).toBe(String(port));
    if (config.RELAY_ROLE === 'api') expect(dockerfile).toContain(`EXPOSE ${port}`);
    const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy');
    expect(JSON.stringify(policies)).toContain(`{"port":${port}}`);
    for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
      expect(probe?.httpGet.port).toBe('http');
    }
  }
  expect(find('Service', 'relay-api').spec['ports']).toMatchObject([{ name: 'http', targetPort: 'http' }]);
});

it.each(['api', 'worker'])('asks %s for paths that it answers', async (role) => {
  const { template } = workloads.find(({ metadata }) => metadata.name === `relay-${role}`)!;
  const [container] = template.spec.containers;
  const { url } = await startTestRelay({ RELAY_ROLE: role, WORKER_PORT: '0', PORT: '0' });
  const probes = [container?.startupProbe, container?.livenessProbe, container?.readinessProbe];
  const paths = probes.map((probe) => probe?.httpGet.path ?? '');
  for (const path of [...paths, template.metadata.annotations?.['prometheus.io/path'] ?? '']) {
    expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 200]);
  }
});

it('runs every container as a plain user that may change nothing', () => {
  for (const workload of workloads) {
    const { spec } = workload.template;
    expect(spec).toMatchObject({
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      automountServiceAccountToken: false,
      enableServiceLinks: false,
    });
    for (const container of containersOf(workload)) {
      expect(container).toMatchObject({
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        resources: {
          requests: { cpu: expect.any(String) as string, memory: expect.any(String) as string },
          limits: { memory: expect.any(String) as string },
        },
      });
    }
  }
});

it('gives a stopping pod longer than Relay takes to stop', () => {
  for (const { template } of workloads) {
    const [container] = template.spec.containers;
    if (!container?.ports) continue;
    const config = readConfig(filledIn(environmentOf(container)));
    const graceMs = (template.spec.terminationGracePeriodSeconds ?? 30) * 1000;
    // Attempts are broken off 10 s after their grace; a request may take as long as the proxy waits for it.
    const worker = config.SHUTDOWN_GRACE_MS + 10_000;
    const api = config.SHUTDOWN_DELAY_MS + 60_000;
    expect(graceMs).toBeGreaterThan(config.RELAY_ROLE === 'worker' ? worker : api);
  }
});

it('selects with labels that the pods have, and scales what there is', () => {
  const podLabels = workloads.map(({ template }) => template.metadata.labels);
  const isSelected = (selector: Record<string, string>) =>
    podLabels.some((labels) => Object.entries(selector).every(([name, value]) => labels[name] === value));
  const selectors = manifests.flatMap(({ kind, metadata, spec }) => {
    if (!spec) return [];
    const { selector, podSelector } = spec as { selector?: object; podSelector?: object };
    const labels = selector ?? podSelector;
    if (!labels) return [];
    return [{ of: `${kind} ${metadata.name}`, labels: 'matchLabels' in labels ? labels.matchLabels : labels }];
  });
  expect(selectors.map(({ of }) => of)).toEqual(
    expect.arrayContaining(['Deployment relay-api', 'Service relay-api', 'PodDisruptionBudget relay-worker']),
  );
  for (const { of, labels } of selectors)
    expect([of, isSelected(labels as Record<string, string>)]).toEqual([of, true]);
  for (const { template, spec } of workloads) {
    const own = spec.selector?.matchLabels;
    if (own) expect(template.metadata.labels).toMatchObject(own);
  }
  for (const scaler of manifests.filter(({ kind }) => kind === 'HorizontalPodAutoscaler')) {
    const target = scaler.spec['scaleTargetRef'] as { kind: string; name: string };
    expect(find(target.kind, target.name).spec).not.toHaveProperty('replicas');
  }
});

it('shows its metrics to nobody outside', () => {
  const paths = find('Ingress', 'relay').spec.rules?.flatMap(({ http }) => http.paths) ?? [];
  const serviceOf = (path: string) => paths.find((one) => one.path === path)?.backend.service.name ?? '';
  expect(paths).toContainEqual(expect.objectContaining({ path: '/metrics', pathType: 'Exact' }));
  expect(find('Service', serviceOf('/')).spec).toHaveProperty('selector');
  expect(find('Service', serviceOf('/metrics')).spec).not.toHaveProperty('selector');
});

/** What the image runs: the rooms, but for what only a checkout does. */
const IN_THE_IMAGE =
  /^(cli|process|api|store|embedded|temporal|workflows|receiver|activities|ops|client|contract)\/.*\.ts$/;
const IN_A_CHECKOUT = /\.test\.ts$|^cli\/start\/dashboard\.ts$|^embedded\/releaseServer\.ts$/;
const IMPORT = /^import (?!type ).*? from '([^']+)'|^export .* from '([^']+)'|(?<!typeof )\bimport\('([^']+)'\)/gms;

it('needs none of the packages that only build and test, which the image does not have', async () => {
  const { stdout } = await execa({ cwd: new URL('../..', import.meta.url) })`git ls-files`;
  const files = stdout.split('\n').filter((file) => IN_THE_IMAGE.test(file) && !IN_A_CHECKOUT.test(file));
  expect(files.length).toBeGreaterThan(200);
  const { dependencies, optionalDependencies } = JSON.parse(await repositoryFile('package.json')) as Record<
    string,
    Record<string, string>
  >;
  const packages = { ...dependencies, ...optionalDependencies };
  for (const file of files) {
    const names = [...(await repositoryFile(file)).matchAll(IMPORT)].map(
      (match) => match[1] ?? match[2] ?? match[3] ?? '',
    );
    const foreign = names.filter((name) => !/^(node:|[.#])/.test(name));
    const missing = foreign.filter((name) => !packages[/^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? '']);
    expect([file, missing]).toEqual([file, []]);
  }
});
