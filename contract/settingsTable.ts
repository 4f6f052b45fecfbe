import { Type, type Static, type TOptional, type TSchema } from 'typebox';

/** A setting of a webhook that a caller must give. */
export interface RequiredSetting<I extends TSchema = TSchema, S extends TSchema = TSchema> {
  /** What a caller may send. */
  input: I;
  /** What is stored of it, and shown. */
  shown: S;
}

/** A setting that may be left out. */
export interface OptionalSetting<I extends TSchema = TSchema, S extends TSchema = TSchema> extends RequiredSetting<
  I,
  S
> {
  /** What it is when it was never given. */
  initial: Static<S>;
  /** Whether a caller may send some of its members; the others keep what they were. */
  isMerged: boolean;
}

export type SettingsTable = Record<string, RequiredSetting | OptionalSetting>;

/** What a caller decides, as it is stored. */
export type Settings<T extends SettingsTable> = { [K in keyof T]: Static<T[K]['shown']> };
/** What a caller sent of the settings; validated before. */
export type SentSettings<T extends SettingsTable> = { [K in keyof T]?: Static<T[K]['input']> | undefined };

type OptionalName<T> = { [K in keyof T]: T[K] extends OptionalSetting ? K : never }[keyof T];
/** The settings that have a default, with it. */
export type Defaults<T extends SettingsTable> = Pick<Settings<T>, OptionalName<T>>;

/** The members of a request that gives the settings as a whole. */
type WholeMembers<T extends SettingsTable> = {
  [K in keyof T]: T[K] extends OptionalSetting ? TOptional<T[K]['input']> : T[K]['input'];
};
/** The members of a request that changes some of the settings. */
type PatchMembers<T extends SettingsTable> = { [K in keyof T]: TOptional<T[K]['input']> };
/** The members of an answer. */
type ShownMembers<T extends SettingsTable> = { [K in keyof T]: T[K]['shown'] };

/** A setting that a caller must give. */
export function required<I extends TSchema, S extends TSchema>(input: I, shown: S): RequiredSetting<I, S> {
  return { input, shown };
}

/** A setting that may be left out. @param shown what is stored and shown, where it is not what is sent. */
export function withDefault<S extends TSchema>(input: S, initial: Static<S>): OptionalSetting<S, S>;
export function withDefault<I extends TSchema, S extends TSchema>(
  input: I,
  initial: Static<S>,
  shown: S,
): OptionalSetting<I, S>;
export function withDefault(input: TSchema, initial: unknown, shown = input): OptionalSetting {
  return { input, shown, initial, isMerged: false };
}

/** A setting of which some members may be sent: in a new or replaced webhook the others have their defaults, else they stay. */
export function merged<I extends TSchema, S extends TSchema>(
  input: I,
  initial: Static<S>,
  shown: S,
): OptionalSetting<I, S> {
  return { input, shown, initial, isMerged: true };
}

/** The schemas of the settings, as members of requests and answers. */
export function membersOf<T extends SettingsTable>(table: T) {
  const members = (schemaOf: (setting: T[string]) => TSchema) =>
    Object.fromEntries(Object.entries(table).map(([name, setting]) => [name, schemaOf(setting as T[string])]));
  return {
    whole: members((setting) =>
      'initial' in setting ? Type.Optional(setting.input) : setting.input,
    ) as WholeMembers<T>,
    patch: members(({ input }) => Type.Optional(input)) as PatchMembers<T>,
    shown: members(({ shown }) => shown) as ShownMembers<T>,
  };
}

/** What the settings are that may be left out, when they are. */
export function defaultsOf<T extends SettingsTable>(table: T): Defaults<T> {
  const optional = Object.entries(table).flatMap(([name, setting]) =>
    'initial' in setting ? [[name, setting.initial] as const] : [],
  );
  return Object.fromEntries(optional) as Defaults<T>;
}

/** The settings among the members of an object, and nothing else. */
export function settingsIn<T extends SettingsTable>(table: T, holder: Settings<T>): Settings<T> {
  return Object.fromEntries(Object.keys(table).map((name) => [name, holder[name]])) as Settings<T>;
}

/**
 * The settings after what a caller sent.
 * @param base what they are where he sent nothing: their defaults, or what is stored.
 */
export function withSent<T extends SettingsTable>(table: T, sent: SentSettings<T>, base: Partial<Settings<T>>) {
  const settled = Object.entries(table).map(([name, setting]) => {
    const [given, before] = [sent[name], base[name]];
    if (given === undefined) return [name, before] as const;
    return [name, 'isMerged' in setting && setting.isMerged ? { ...Object(before), ...Object(given) } : given] as const;
  });
  return Object.fromEntries(settled) as Settings<T>;
}

/** The settings that a column of JSON holds: objects, and lists of them. */
export function jsonSettings(table: SettingsTable): string[] {
  return Object.keys(table).filter((name) => holdsObjects(table[name]?.shown ?? {}));
}

function holdsObjects(schema: TSchema & { type?: string; anyOf?: TSchema[]; items?: TSchema }): boolean {
  if (schema.type === 'object' || schema.anyOf?.some(holdsObjects)) return true;
  return schema.items !== undefined && holdsObjects(schema.items);
}
