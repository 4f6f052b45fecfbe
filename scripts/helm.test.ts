import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { VERSION } from '../ops/version.ts';
import { type Manifest, readManifests } from '../tests/support/manifests.ts';
import { findProgram } from '../tests/support/programs.ts';

const run = promisify(execFile);
const CHART = 'deploy/helm/relay';
const helm = findProgram('helm');

it('the chart has the version of Relay', async () => {
  const { version, appVersion } = parse(await readFile(`${CHART}/Chart.yaml`, 'utf8')) as Record<string, string>;
  expect({ version, appVersion }).toEqual({ version: VERSION, appVersion: VERSION });
});

describe.skipIf(!helm)('the chart (skipped where helm is not installed)', () => {
  async function render(...sets: string[]): Promise<Manifest[]> {
    const args = ['template', 'relay', CHART, '--namespace', 'relay', ...sets.flatMap((set) => ['--set', set])];
    const { stdout } = await run(helm ?? '', args);
    return parseAllDocuments(stdout).flatMap((document) => (document.toJS() ? [document.toJS() as Manifest] : []));
  }
  const workloadsOf = (manifests: Manifest[]) =>
    manifests.flatMap(({ kind, metadata, spec }) => {
      const [container] = spec?.template?.spec.containers ?? [];
      return container && spec.template ? [{ kind, name: metadata.name, pod: spec.template.spec, container }] : [];
    });

  it('is taken by helm’s own check', async () => {
    expect((await run(helm ?? '', ['lint', '--strict', CHART])).stdout).toContain('0 chart(s) failed');
  });

  it('runs the same pods as the manifests, with secrets from where they are named', async () => {
    const [mine, theirs] = [workloadsOf(await render()), workloadsOf(await readManifests())];
    expect(mine.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual(
      theirs.map(({ kind, name }) => `${kind} ${name}`).sort(),
    );
    for (const { name, pod, container } of mine) {
      const other = theirs.find((one) => one.name === name);
      expect(container.image).toBe(`registry.example.com/relay:${VERSION}`);
      const { securityContext, resources, startupProbe, livenessProbe, command, env = [], ports } = container;
      const same = { securityContext, resources, startupProbe, livenessProbe, command, env, ports };
      const { container: its } = other ?? expect.fail(`There is no ${name}`);
      expect(same).toEqual({
        securityContext: its.securityContext,
        resources: its.resources,
        startupProbe: its.startupProbe,
        livenessProbe: its.livenessProbe,
        command: its.command,
        env: its.env ?? [],
        ports: its.ports,
      });
      expect(container.readinessProbe?.httpGet).toEqual(its.readinessProbe?.httpGet);
      expect(pod.securityContext).toEqual(other?.pod.securityContext);
      expect(pod.terminationGracePeriodSeconds).toBe(other?.pod.terminationGracePeriodSeconds);
      const secret = container.envFrom?.find(({ secretRef }) => secretRef)?.secretRef?.name;
      expect(secret).toBe(name === 'relay-migrate' ? 'relay-migrate' : 'relay');
    }
  });

  it('has the settings of the manifests, and others that are named', async () => {
    const dataOf = (manifests: Manifest[]) => manifests.find(({ kind }) => kind === 'ConfigMap')?.data;
    expect(dataOf(await render())).toEqual(dataOf(await readManifests()));
    expect(dataOf(await render('config.RETENTION_DAYS=30'))).toMatchObject({ RETENTION_DAYS: '30' });
  });

  it('has a ServiceMonitor, a digest and holes in the policy where they are wanted, and no Ingress where it is not', async () => {
    const kinds = async (...sets: string[]) => (await render(...sets)).map(({ kind }) => kind);
    expect(await kinds()).not.toContain('ServiceMonitor');
    expect(await kinds('serviceMonitor.enabled=true')).toContain('ServiceMonitor');
    expect(await kinds('ingress.enabled=false', 'networkPolicy.enabled=false')).not.toEqual(
      expect.arrayContaining(['Ingress']),
    );
    const images = workloadsOf(await render('image.digest=sha256:abc')).map(({ container }) => container.image);
    expect(new Set(images)).toEqual(new Set(['registry.example.com/relay@sha256:abc']));
    const [policy] = (await render('networkPolicy.extraEgress[0].ports[0].port=4318')).filter(
      ({ kind }) => kind === 'NetworkPolicy',
    );
    expect(JSON.stringify(policy)).toContain('4318');
  });
});
