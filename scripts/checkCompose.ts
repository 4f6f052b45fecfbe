import { access, readFile } from 'node:fs/promises';
import { parse } from 'yaml';

/**
 * `npm run check:compose`: parses docker-compose.yml and checks what an engine would trip over: services that are waited
 * for but not there, mounted files that do not exist, images without a version. Exits with 1 and says what is wrong.
 */
interface Service {
  image?: string;
  build?: { dockerfile?: string };
  depends_on?: Record<string, { condition: string }>;
  volumes?: string[];
}

const compose = parse(await readFile('docker-compose.yml', 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const problems: string[] = [];
for (const [name, service] of Object.entries(compose.services)) {
  for (const other of Object.keys(service.depends_on ?? {})) {
    if (!compose.services[other]) problems.push(`${name} waits for ${other}, which is not there`);
  }
  if (!/:[\w.-]+$/.test(service.image ?? '') || service.image?.endsWith(':latest')) {
    problems.push(`${name} has no image with a version`);
  }
  const files = (service.volumes ?? []).map((volume) => volume.split(':')[0] ?? '');
  for (const file of [...files, service.build?.dockerfile].filter((path) => path !== undefined)) {
    const isVolume = Object.hasOwn(compose.volumes, file);
    if (!isVolume && !(await exists(file))) problems.push(`${name} mounts or builds from ${file}, which is not there`);
  }
}
for (const needed of ['postgres', 'temporal', 'temporal-ui', 'api', 'worker']) {
  if (!compose.services[needed]) problems.push(`There is no service ${needed}`);
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`docker-compose.yml: ${Object.keys(compose.services).length} services, nothing amiss`);

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
