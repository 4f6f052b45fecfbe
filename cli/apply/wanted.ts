import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { ApiKeyInput } from '../../contract/access.ts';
import type { EventTypeInput } from '../../contract/eventTypes.ts';
import type { WebhookInput } from '../../contract/webhooks.ts';
import { CommandFailed, messageOf } from '../failure.ts';

/** What a file says a Relay should have; null for what it does not speak of. */
export interface Wanted {
  /** Each is known by its `externalId` among its client's, or by its `id`. */
  webhooks: (WebhookInput & { id?: string; externalId?: string })[] | null;
  eventTypes: EventTypeInput[] | null;
  /** Each is known by its name. */
  keys: ApiKeyInput[] | null;
}

const SECTIONS = ['webhooks', 'eventTypes', 'keys'] as const;
const KNOWN_BY = { webhooks: ['externalId', 'id'], eventTypes: ['name'], keys: ['name'] };
const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * Reads such a file, YAML or JSON; `${NAME}` in a text stands for a variable of the environment.
 * @throws CommandFailed when it cannot be read, or something in it has nothing that it is known by.
 */
export async function readWanted(file: string, env: NodeJS.ProcessEnv = process.env): Promise<Wanted> {
  const read = await readYaml(file);
  if (!isObject(read)) throw wrong(file, 'it holds no object');
  const unknown = Object.keys(read).filter((name) => !SECTIONS.some((section) => section === name));
  if (unknown.length > 0) throw wrong(file, `${unknown.join(', ')} is none of ${SECTIONS.join(', ')}`);
  const sections = SECTIONS.map((section) => [section, listIn(read, section, file, env)] as const);
  // What is in them is checked by Relay.
  return Object.fromEntries(sections) as unknown as Wanted;
}

async function readYaml(file: string): Promise<unknown> {
  try {
    return parse(await readFile(file === '-' ? '/dev/stdin' : file, 'utf8')) as unknown;
  } catch (error) {
    throw wrong(file, messageOf(error));
  }
}

function listIn(
  read: Record<string, unknown>,
  section: (typeof SECTIONS)[number],
  file: string,
  env: NodeJS.ProcessEnv,
): object[] | null {
  const list = read[section] ?? null;
  if (list === null) return null;
  if (!Array.isArray(list)) throw wrong(file, `${section} is no list`);
  const seen = new Set<string>();
  return list.map((one: unknown, index) => {
    const place = `${section}[${index}]`;
    if (!isObject(one)) throw wrong(file, `${place} is no object`);
    const name = KNOWN_BY[section].find((member) => typeof one[member] === 'string');
    if (name === undefined)
      throw wrong(file, `${place} has no ${KNOWN_BY[section].join(' and no ')}, by which it is known`);
    const known = JSON.stringify([one['clientId'], one[name]]);
    if (seen.has(known)) throw wrong(file, `${place} is there twice: ${String(one[name])}`);
    seen.add(known);
    return withVariables(one, file, env) as object;
  });
}

function withVariables(value: unknown, file: string, env: NodeJS.ProcessEnv): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(VARIABLE, (_, name: string) => {
      const given = env[name];
      if (given === undefined) throw wrong(file, `the variable ${name} is not set`);
      return given;
    });
  }
  if (Array.isArray(value)) return value.map((one) => withVariables(one, file, env));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withVariables(member, file, env)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(file: string, why: string): CommandFailed {
  return new CommandFailed(
    `${file} cannot be applied: ${why}`,
    'relay export prints such a file; docs/CLI.md describes it.',
  );
}
