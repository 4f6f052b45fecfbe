import { cp, stat } from 'node:fs/promises';

/** `npm run build`: the compiler leaves files of SQL where they are, and the program reads them from beside its own. */
await cp('store', 'dist/store', {
  recursive: true,
  filter: async (source) => source.endsWith('.sql') || (await stat(source)).isDirectory(),
});
