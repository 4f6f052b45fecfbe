import { writeFile } from 'node:fs/promises';
import { describeApi } from '../api/openapi/describeApi.ts';
import { routes } from '../api/routes.ts';

const FILE = new URL('../docs/openapi.json', import.meta.url);

// Kept in the repository, so that a change of the API shows in review; a test compares it with the routes.
await writeFile(FILE, `${JSON.stringify(describeApi(routes), null, 2)}\n`);
