/**
 * Who may import whom. The rooms stand from top to bottom and each names those below it that it uses: arrows go down
 * only, and no two rooms point at each other. Tests may look anywhere.
 */
const ROOMS = {
  scripts: ['cli', 'process', 'api', 'store', 'embedded', 'temporal', 'receiver', 'client', 'contract'],
  bench: ['tests', 'store', 'embedded', 'temporal', 'ops', 'contract'],
  cli: ['process', 'store', 'embedded', 'temporal', 'receiver', 'activities', 'client', 'ops', 'contract'],
  process: ['api', 'store', 'temporal', 'activities', 'ops', 'contract'],
  api: ['store', 'temporal', 'activities', 'ops', 'contract'],
  store: ['temporal', 'activities', 'ops', 'contract'],
  embedded: ['temporal', 'ops'],
  temporal: ['workflows', 'activities', 'ops', 'contract'],
  workflows: ['activities', 'contract'],
  receiver: ['activities'],
  activities: ['ops', 'contract'],
  ops: ['contract'],
  client: ['contract'],
  contract: [],
};

/** The same for the folders of api/. A resource stands on http and listing; what it needs of others is named here. */
const API = {
  documentation: ['docs', 'openapi', 'http'],
  docs: ['openapi', 'http'],
  openapi: ['http'],
  stream: ['events', 'webhooks', 'http', 'listing'],
  search: ['webhooks', 'http', 'listing'],
  events: ['deliveries', 'batches', 'statistics', 'audit', 'http', 'listing'],
  deliveries: ['webhooks', 'batches', 'statistics', 'audit', 'http', 'listing'],
  webhooks: ['batches', 'statistics', 'audit', 'http', 'listing'],
  batches: ['audit', 'http', 'listing'],
  eventTypes: ['audit', 'http', 'listing'],
  access: ['audit', 'http', 'listing'],
  audit: ['http', 'listing'],
  statistics: ['http', 'listing'],
  health: ['http', 'listing'],
  metrics: ['http', 'listing'],
  listing: ['http'],
  http: [],
};

const PORTS = '^(activities|temporal/dispatcher)/ports\\.ts$';
const BY_TYPE_ONLY = { dependencyTypesNot: ['type-only'] };

export default {
  forbidden: [
    forbid('no-circles', 'Files that need each other, be it for types, are one file.', {}, { circular: true }),
    ...fence(ROOMS, ''),
    ...fence(API, 'api/'),
    forbid(
      'api-is-put-together-at-its-top',
      'Its parts do not know app, routes and server.',
      { path: '^api/[^/]+/' },
      { path: '^api/[^/]+\\.ts$' },
    ),
    forbid(
      'the-store-keeps-ports',
      'Of activities/ and temporal/ it knows the ports that it implements.',
      { path: '^store/' },
      { path: '^(activities|temporal)/', pathNot: PORTS },
    ),
    forbid('ports-are-types', 'See the-store-keeps-ports.', { path: '^store/' }, { path: PORTS, ...BY_TYPE_ONLY }),
    forbid(
      'names-for-the-dashboard',
      'Vite bundles it; Node would take a name of package.json for the sources, also in a build.',
      { path: '^(?!web/)' },
      { dependencyTypes: ['aliased-subpath-import'] },
    ),
    forbid(
      'the-dashboard-is-another-program',
      'It shares the contract and the client.',
      { path: '^web/' },
      { path: `^(${Object.keys(ROOMS).join('|')})/`, pathNot: '^(contract|client)/' },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    exclude: { path: '(^|/)(node_modules|dist|\\.relay|coverage)/' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};

function forbid(name, comment, from, to) {
  return { name, comment, severity: 'error', from: { ...from, pathNot: '\\.test\\.ts$|/testing/' }, to };
}

/** A rule for each room of a table: it imports from itself and from those it names. */
function fence(table, prefix) {
  const names = Object.keys(table);
  return names.map((room, place) => {
    const wrong = table[room].filter((other) => other !== 'tests' && names.indexOf(other) <= place);
    if (wrong.length > 0) throw new Error(`${prefix}${room} names ${wrong.join(', ')}, which does not stand below it`);
    const others = ['tests', 'web', ...names].filter((other) => other !== room && !table[room].includes(other));
    return forbid(
      `${prefix}${room}`,
      `${prefix}${room} may import ${table[room].join(', ') || 'nothing of another room'}`,
      { path: `^${prefix}${room}/` },
      { path: `^${prefix}(${others.join('|')})/` },
    );
  });
}
