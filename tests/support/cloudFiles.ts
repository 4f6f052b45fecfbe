import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

/** What a cloud is told about one of Relay's containers, whatever the cloud. */
export interface CloudContainer {
  file: string;
  image: string;
  command?: string[];
  /** Without what comes from a store of secrets. */
  env: Record<string, string>;
  secrets: string[];
  /** Null for one that answers nothing. */
  port: number | null;
  /** What is asked whether it is well, as a URL's path or within a command. */
  probes: string[];
}

interface TaskDefinition {
  containerDefinitions: {
    image: string;
    command?: string[];
    environment: { name: string; value: string }[];
    secrets: { name: string }[];
    portMappings?: { containerPort: number }[];
    healthCheck?: { command: string[] };
  }[];
}

interface RunContainer {
  image: string;
  command?: string[];
  env: { name: string; value?: string }[];
  ports?: { containerPort: number }[];
  startupProbe?: { httpGet: { path: string; port: number } };
  livenessProbe?: { httpGet: { path: string; port: number } };
}
interface RunPod {
  spec: { template?: RunPod; containers?: RunContainer[] };
}

/** The only container of an ECS task definition. */
export async function readTaskDefinition(file: string): Promise<CloudContainer> {
  const { containerDefinitions } = JSON.parse(await readFile(file, 'utf8')) as TaskDefinition;
  const [container] = containerDefinitions;
  if (!container) throw new Error(`${file} has no container`);
  const { image, command, environment, secrets, portMappings, healthCheck } = container;
  return {
    file,
    image,
    ...(command ? { command } : {}),
    env: Object.fromEntries(environment.map(({ name, value }) => [name, value])),
    secrets: secrets.map(({ name }) => name),
    port: portMappings?.[0]?.containerPort ?? null,
    probes: /localhost:\d+\/\w+/.exec(healthCheck?.command.join(' ') ?? '') ?? [],
  };
}

/** The only container of a Cloud Run service or job. */
export async function readRunFile(file: string): Promise<CloudContainer> {
  let pod = parse(await readFile(file, 'utf8')) as RunPod;
  while (pod.spec.template) pod = pod.spec.template;
  const [container] = pod.spec.containers ?? [];
  if (!container) throw new Error(`${file} has no container`);
  const { image, command, env, ports, startupProbe, livenessProbe } = container;
  const probes = [startupProbe, livenessProbe].flatMap((probe) => (probe ? [probe.httpGet] : []));
  return {
    file,
    image,
    ...(command ? { command } : {}),
    env: Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))),
    secrets: env.flatMap(({ name, value }) => (value === undefined ? [name] : [])),
    port: ports?.[0]?.containerPort ?? null,
    probes: probes.map(({ port, path }) => `localhost:${port}${path}`),
  };
}
